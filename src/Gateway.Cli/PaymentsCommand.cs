using System.CommandLine;
using System.Text.Json;

namespace Arda.Gateway.Cli;

internal static class PaymentsCommand
{
    private static readonly string[] s_columns = ["id", "kind", "detail", "at"];

    public static Command Make()
    {
        var finding = new Argument<string>("finding") { Description = "Its id, as shown" };
        var close = new Command("close", "Say that a finding has been dealt with") { finding };
        close.SetAction((parsed, ct) => CloseAsync(parsed, parsed.GetValue(finding)!, ct));
        var command = new Command(
            "payments",
            "Show how payments stand and what a person must look at (operator); exit code 1 when "
                + "something is"
        )
        {
            close,
        };
        command.SetAction(ShowAsync);
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken ct)
    {
        var connection = GlobalFlags.Connection(parsed);
        using var gateway = new GatewayHttp(connection, connection.RequireAdminToken());
        var answer = await gateway.GetAsync("admin/payments", ct);
        if (GlobalFlags.WantsJson(parsed))
        {
            Console.Out.WriteLine(JsonText.Indented(answer));
        }
        else
        {
            Print(answer);
        }

        return Is(answer, "ok") ? ExitCode.Done : ExitCode.CheckFailed;
    }

    private static void Print(JsonElement answer)
    {
        var mode = Is(answer, "livemode") ? "live" : "test";
        Console.Out.WriteLine($"Payments by {answer.Text("provider")} ({mode}).");
        if (!Is(answer, "key_accepted"))
        {
            Console.Out.WriteLine("THE PROVIDER REFUSES OUR SECRET KEY; nothing is charged.");
        }

        if (!Is(answer, "clock_right"))
        {
            var seconds = answer.Member("clock_skew_seconds")?.Cell();
            Console.Out.WriteLine($"THE CLOCK IS {seconds} s OFF; events are refused.");
        }

        Console.Out.WriteLine();
        if (answer.Member("findings") is { ValueKind: JsonValueKind.Array } findings)
        {
            RecordTable.Write(Console.Out, findings, s_columns);
        }
    }

    private static async Task<int> CloseAsync(
        ParseResult parsed,
        string finding,
        CancellationToken ct
    )
    {
        var connection = GlobalFlags.Connection(parsed);
        using var gateway = new GatewayHttp(connection, connection.RequireAdminToken());
        var path = $"admin/payments/findings/{Uri.EscapeDataString(finding)}/close";
        await gateway.PostForNothingAsync(path, ct);
        Console.Out.WriteLine("Closed.");
        return ExitCode.Done;
    }

    private static bool Is(JsonElement answer, string name) =>
        answer.Member(name) is { ValueKind: JsonValueKind.True };
}
