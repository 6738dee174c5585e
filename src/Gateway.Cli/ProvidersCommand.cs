using System.CommandLine;

namespace Arda.Gateway.Cli;

internal static class ProvidersCommand
{
    public static Command Make()
    {
        var command = new Command("providers", "Show how the model providers do (operator)");
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var connection = GlobalFlags.Connection(parsed);
        using var gateway = new GatewayHttp(connection, connection.RequireAdminToken());
        var answer = await gateway.GetAsync("admin/providers", ct);
        if (GlobalFlags.WantsJson(parsed))
        {
            Console.Out.WriteLine(JsonText.Indented(answer));
        }
        else
        {
            RecordTable.Write(Console.Out, answer);
        }

        return ExitCode.Done;
    }
}
