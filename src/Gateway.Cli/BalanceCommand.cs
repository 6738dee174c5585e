using System.CommandLine;
using System.Text.Json;

namespace Arda.Gateway.Cli;

internal static class BalanceCommand
{
    public static Command Make()
    {
        var command = new Command("balance", "Show what is left to spend");
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var connection = GlobalFlags.Connection(parsed);
        using var gateway = new GatewayHttp(connection, connection.RequireApiKey());
        var status = await gateway.GetAsync("v1/gateway/status", ct);
        if (GlobalFlags.WantsJson(parsed))
        {
            Console.Out.WriteLine(JsonText.Indented(status));
            return ExitCode.Done;
        }

        if (
            status.Member("balance")?.Member("balance_cents")
            is not { ValueKind: JsonValueKind.Number } cents
        )
        {
            throw new CliFailure(
                ExitCode.Refused,
                "This key may not read the balance.",
                "log in again with --scope balance:read"
            );
        }

        var project = status.Member("project")?.Text("slug");
        var low = status.Member("balance")?.Text("warning") is "low" ? "  low" : "";
        Console.Out.WriteLine($"{Money.Cents(cents.GetInt64())}  {project}{low}".TrimEnd());
        return ExitCode.Done;
    }
}
