using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>A key that <c>arda login</c> brought, and for which gateway.</summary>
internal sealed record Credential(string BaseUrl, string ApiKey)
{
    public string? KeyId { get; init; }

    public string? Project { get; init; }
}

/// <summary>
/// The keys of <c>arda login</c>, in the place where the system keeps a user's settings, readable by
/// that user alone. One for each gateway; the newest login stands first.
/// </summary>
internal sealed class CredentialFile(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path { get; } = path;

    /// <summary><c>$XDG_CONFIG_HOME/arda/credentials.json</c>, or what stands for it elsewhere.</summary>
    public static CredentialFile OfUser() =>
        new(
            System.IO.Path.Combine(
                Environment.GetFolderPath(
                    Environment.SpecialFolder.ApplicationData,
                    Environment.SpecialFolderOption.DoNotVerify
                ),
                "arda",
                "credentials.json"
            )
        );

    /// <summary>All of them, the newest login first; none where there is no file.</summary>
    public IReadOnlyList<Credential> Read()
    {
        if (!File.Exists(Path))
        {
            return [];
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path));
            return json.RootElement.Member("gateways") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Select(CredentialOf).OfType<Credential>()]
                : throw new JsonException("No gateways.");
        }
        catch (Exception broken)
            when (broken is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(
                ExitCode.Usage,
                $"{Path} cannot be read.",
                "remove it and run arda login again, or pass --base-url and --api-key"
            );
        }
    }

    public Credential? For(Uri baseUrl) =>
        Read().FirstOrDefault(known => known.BaseUrl == baseUrl.AbsoluteUri);

    /// <summary>Puts it first, in place of the one before it.</summary>
    public void Keep(Credential credential) =>
        Write([credential, .. Read().Where(other => other.BaseUrl != credential.BaseUrl)]);

    public void Forget(Uri baseUrl)
    {
        var left = Read().Where(other => other.BaseUrl != baseUrl.AbsoluteUri).ToList();
        if (left.Count > 0)
        {
            Write(left);
        }
        else
        {
            File.Delete(Path);
        }
    }

    /// <summary>Whether others on this machine could read the keys.</summary>
    public bool IsOpenToOthers() =>
        !OperatingSystem.IsWindows()
        && File.Exists(Path)
        && (File.GetUnixFileMode(Path) & ~OwnerOnly & ~UnixFileMode.UserExecute)
            != UnixFileMode.None;

    private void Write(IReadOnlyList<Credential> credentials)
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        // Written beside it and renamed: a crash leaves the old file or the new one, never half of
        // one, and at no moment can anybody else read it.
        var draft = $"{Path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            options.UnixCreateMode = OwnerOnly;
            File.Delete(draft);
        }

        using (var file = new FileStream(draft, options))
        using (var json = new Utf8JsonWriter(file, JsonText.Options with { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("gateways");
            foreach (var credential in credentials)
            {
                Write(json, credential);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        File.Move(draft, Path, overwrite: true);
    }

    private static void Write(Utf8JsonWriter json, Credential credential)
    {
        json.WriteStartObject();
        json.WriteString("base_url", credential.BaseUrl);
        json.WriteString("api_key", credential.ApiKey);
        json.WriteString("key_id", credential.KeyId);
        json.WriteString("project", credential.Project);
        json.WriteEndObject();
    }

    private static Credential? CredentialOf(JsonElement entry) =>
        entry.Text("base_url") is { } baseUrl && entry.Text("api_key") is { } apiKey
            ? new Credential(baseUrl, apiKey)
            {
                KeyId = entry.Text("key_id"),
                Project = entry.Text("project"),
            }
            : null;
}
