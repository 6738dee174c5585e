using System.Globalization;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Run;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public required Plan Plan { get; init; }

    /// <summary>The checkout.</summary>
    public string Root { get; init; } = Environment.CurrentDirectory;

    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Starts another build of the gateway; {url}, {data}, {config} and {postgres} are
    /// filled in. It must write {data}/demo.json with api_key.</summary>
    public string? OursCommand { get; init; }

    /// <summary>Data, logs and results in the making; on the disk whose fsync counts.</summary>
    public string WorkDirectory => Path.Combine(Root, "bench", ".data");

    public static Options Read(string[] arguments)
    {
        var plan = Plan.Named(arguments[0]);
        var options = new Options { Plan = plan, Targets = plan.Targets };
        for (var i = 1; i < arguments.Length; i += 2)
        {
            var value =
                i + 1 < arguments.Length
                    ? arguments[i + 1]
                    : throw new BenchException($"{arguments[i]} needs a value");
            options = arguments[i] switch
            {
                "--targets" => options with { Targets = TargetsOf(value) },
                "--ours-cmd" => options with { OursCommand = value },
                "--rounds" => options with
                {
                    Plan = options.Plan with
                    {
                        Rounds = int.Parse(value, CultureInfo.InvariantCulture),
                    },
                },
                _ => throw new BenchException(
                    $"{arguments[i]} is no option: --targets, --ours-cmd, --rounds"
                ),
            };
        }

        return options;
    }

    private static string[] TargetsOf(string value)
    {
        var names = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var unknown = names.Except(Target.Known).FirstOrDefault();
        return unknown is null
            ? names
            : throw new BenchException(
                $"{unknown} is no target: {string.Join(", ", Target.Known)}"
            );
    }
}
