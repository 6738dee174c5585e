using System.CommandLine;
using System.Text.Json;

namespace Arda.Gateway.Cli;

internal static class GenerationCommand
{
    private static readonly Argument<string> s_id = new("id")
    {
        Description = "The generation id: gen_…, from X-Arda-Generation-Id",
    };

    private static readonly Option<bool> s_verify = new("--verify")
    {
        Description = "Verify the receipt's signature; exit code 1 when it does not hold",
    };

    private static readonly Option<FileInfo> s_keys = new Option<FileInfo>("--keys")
    {
        Description = "Verify with the JWK set in this file instead of asking the gateway for it",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    public static Command Make()
    {
        var command = new Command("generation", "Show the receipt of one request")
        {
            s_id,
            s_verify,
            s_keys,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var id = parsed.GetValue(s_id)!;
        var connection = GlobalFlags.Connection(parsed);
        using var gateway = new GatewayHttp(connection, connection.RequireApiKey());
        var answer = await gateway.GetAsync(
            $"v1/gateway/generations/{Uri.EscapeDataString(id)}",
            ct
        );
        var keysFile = parsed.GetValue(s_keys);
        if (!parsed.GetValue(s_verify) && keysFile is null)
        {
            Show(parsed, answer.Member("receipt") ?? answer);
            return ExitCode.Done;
        }

        var keys = keysFile is null
            ? await gateway.GetAsync("v1/gateway/receipt-keys", ct)
            : await ReadKeysAsync(keysFile, ct);
        var verified = SignedReceipt.Verify(answer, keys, id);
        // What is shown is what was signed, never the text beside it.
        Show(parsed, verified.Receipt);
        await Console.Error.WriteLineAsync($"The signature holds (ES256, key {verified.KeyId}).");
        return ExitCode.Done;
    }

    private static void Show(ParseResult parsed, JsonElement receipt)
    {
        if (GlobalFlags.WantsJson(parsed))
        {
            Console.Out.WriteLine(receipt.GetRawText());
        }
        else
        {
            Console.Out.WriteLine(JsonText.Indented(receipt));
        }
    }

    private static async Task<JsonElement> ReadKeysAsync(FileInfo file, CancellationToken ct)
    {
        try
        {
            await using var stream = file.OpenRead();
            using var json = await JsonDocument.ParseAsync(stream, cancellationToken: ct);
            return json.RootElement.Clone();
        }
        catch (Exception broken) when (broken is JsonException or IOException)
        {
            throw new CliFailure(
                ExitCode.Usage,
                $"{file.Name} is no JWK set.",
                "save the answer of GET /v1/gateway/receipt-keys into it"
            );
        }
    }
}
