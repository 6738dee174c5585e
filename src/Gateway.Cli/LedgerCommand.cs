using System.CommandLine;
using System.Text.Json;

namespace Arda.Gateway.Cli;

internal static class LedgerCommand
{
    public static Command Make()
    {
        var verify = new Command(
            "verify",
            "Check every promise of the ledger against its rows; exit code 1 when one is broken"
        );
        verify.SetAction(VerifyAsync);
        return new Command("ledger", "The gateway's books (operator)") { verify };
    }

    private static async Task<int> VerifyAsync(ParseResult parsed, CancellationToken ct)
    {
        var connection = GlobalFlags.Connection(parsed);
        using var gateway = new GatewayHttp(connection, connection.RequireAdminToken());
        var answer = await gateway.PostAsync("admin/ledger/verify", ct);
        // Only a clear yes is one.
        var isOk = answer.Member("ok") is { ValueKind: JsonValueKind.True };
        if (GlobalFlags.WantsJson(parsed))
        {
            Console.Out.WriteLine(JsonText.Indented(answer));
        }
        else
        {
            Print(answer, isOk);
        }

        return isOk ? ExitCode.Done : ExitCode.CheckFailed;
    }

    private static void Print(JsonElement answer, bool isOk)
    {
        if (answer.Member("invariants") is { ValueKind: JsonValueKind.Array } invariants)
        {
            TextTable.Write(
                Console.Out,
                ["INVARIANT", "HOLDS", "DETAIL"],
                [
                    .. invariants
                        .EnumerateArray()
                        .Select(one =>
                            (IReadOnlyList<string>)
                                [
                                    one.Text("name") ?? "",
                                    one.Member("ok") is { ValueKind: JsonValueKind.True }
                                        ? "yes"
                                        : "NO",
                                    one.Text("detail") ?? "",
                                ]
                        ),
                ]
            );
        }

        if (answer.Member("totals") is { ValueKind: JsonValueKind.Object } totals)
        {
            Console.Out.WriteLine();
            TextTable.Write(
                Console.Out,
                ["TOTAL", "VALUE"],
                [
                    .. totals
                        .EnumerateObject()
                        .Select(one => (IReadOnlyList<string>)[one.Name, one.Value.Cell()]),
                ]
            );
        }

        Console.Out.WriteLine();
        Console.Out.WriteLine(
            isOk
                ? "The ledger holds every promise."
                : "THE LEDGER IS BROKEN: see the lines with NO."
        );
    }
}
