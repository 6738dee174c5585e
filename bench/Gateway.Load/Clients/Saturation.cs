using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Load.Machine;

namespace Arda.Gateway.Load.Clients;

/// <summary>
/// As many requests as a number of connections can take, one after the other on each. By wrk, which
/// needs least of the core that it shares with the mock.
/// </summary>
internal sealed class Saturation(LoadRequest request, int connections, double warm, double seconds)
    : ILoad
{
    public void Warm() => Wrk(warm);

    public LoadResult Measure()
    {
        var line = Wrk(seconds).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        using var said = JsonDocument.Parse(line);
        return new LoadResult
        {
            Answered = said.RootElement.GetProperty("answered").GetInt64(),
            Errors = said.RootElement.GetProperty("errors").GetInt64(),
        };
    }

    public void Finish() { }

    private string Wrk(double forSeconds)
    {
        var body = Path.Combine(Path.GetTempPath(), $"bench-body-{Environment.ProcessId}.json");
        File.WriteAllBytes(body, request.Body);
        try
        {
            var duration = Math.Ceiling(forSeconds).ToString(CultureInfo.InvariantCulture);
            List<string> arguments =
            [
                "-t1",
                $"-c{connections}",
                $"-d{duration}s",
                "--timeout=10s",
                $"-s{Path.Combine(AppContext.BaseDirectory, "Clients", "saturate.lua")}",
                .. request.Headers.SelectMany(header => new[] { "-H", header }),
                request.Url.ToString(),
            ];
            return Shell.Output("wrk", arguments, ("BODY", body));
        }
        finally
        {
            File.Delete(body);
        }
    }
}
