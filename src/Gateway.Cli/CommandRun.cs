using System.CommandLine;

namespace Arda.Gateway.Cli;

/// <summary>Runs a command line: every failure becomes a sentence and an exit code, never a stack
/// trace.</summary>
internal static class CommandRun
{
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"error: {error.Message}");
            }

            var verb = string.Join(' ', CommandPath(parsed));
            await Console.Error.WriteLineAsync($"  way out  {verb} --help");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false }
            );
        }
        catch (CliFailure failure)
        {
            failure.Print(Console.Error, GlobalFlags.WantsJson(parsed));
            return failure.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // The outermost edge: people get a sentence, not a stack trace.
        catch (Exception unforeseen)
#pragma warning restore CA1031
        {
            var failure = new CliFailure(
                ExitCode.TryLater,
                $"{unforeseen.Message} ({unforeseen.GetType().Name})"
            );
            failure.Print(Console.Error, GlobalFlags.WantsJson(parsed));
            return failure.ExitCode;
        }
    }

    private static IEnumerable<string> CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (
            System.CommandLine.Parsing.SymbolResult? at = parsed.CommandResult;
            at is not null;
            at = at.Parent
        )
        {
            if (at is System.CommandLine.Parsing.CommandResult { Command: var command })
            {
                names.Push(command is RootCommand ? "arda" : command.Name);
            }
        }

        return names;
    }
}
