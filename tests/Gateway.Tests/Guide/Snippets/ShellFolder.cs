using Arda.Gateway.Tests.Cli;

namespace Arda.Gateway.Tests.Guide.Snippets;

/// <summary>
/// A checkout as a shell sees it: <c>./build arda</c> and <c>arda</c> are the command line that was
/// built beside the tests, curl finds the gateway under its public name, and Python's
/// <c>openai</c> is a stand-in that sends what that client would.
/// </summary>
internal static class ShellFolder
{
    private const string Python = """
        import json, os, ssl, types, urllib.request


        def shown(value):
            if isinstance(value, dict):
                return types.SimpleNamespace(**{k: shown(v) for k, v in value.items()})
            return [shown(one) for one in value] if isinstance(value, list) else value


        class OpenAI:
            def __init__(self, api_key, base_url):
                self.chat = self.completions = self
                self.key, self.url = api_key, base_url

            def create(self, **request):
                asked = urllib.request.Request(
                    self.url + "/chat/completions",
                    json.dumps(request).encode(),
                    {"Authorization": "Bearer " + self.key, "Content-Type": "application/json"},
                )
                trust = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
                with urllib.request.urlopen(asked, context=trust) as answer:
                    return shown(json.load(answer))
        """;

    public static async Task<string> MakeAsync(GuideWorld world, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("arda-shell-").FullName;
        await WriteAsync("arda", $"#!/bin/sh\nexec dotnet '{ArdaProcess.Program}' \"$@\"\n");
        await WriteAsync(
            "build",
            "#!/bin/sh\n[ \"$1\" = arda ] || exit 64\nshift\n"
                + "exec \"$(dirname \"$0\")/arda\" \"$@\"\n"
        );
        await WriteAsync(
            ".curlrc",
            $"""
            connect-to = "gateway.ardabot.ai:443:127.0.0.1:{world.Port}"
            cacert = "{world.Root}"
            noproxy = "*"
            silent
            fail-with-body
            """
        );
        await WriteAsync("openai.py", Python);
        return folder;

        async Task WriteAsync(string name, string text)
        {
            var file = Path.Combine(folder, name);
            await File.WriteAllTextAsync(file, text, ct);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(
                    file,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
            }
        }
    }
}
