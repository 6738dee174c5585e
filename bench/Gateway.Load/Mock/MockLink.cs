using System.Text.Json;

namespace Arda.Gateway.Load.Mock;

/// <summary>The rig's own line to the mock: how to pace, and what really arrived there.</summary>
internal sealed class MockLink(Uri url, int pid) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = url };

    public int Process => pid;

    public (long Served, long Events) Stats()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/stats");
        using var answer = _http.Send(request);
        using var json = JsonDocument.Parse(answer.Content.ReadAsStream());
        return (
            json.RootElement.GetProperty("served").GetInt64(),
            json.RootElement.GetProperty("events").GetInt64()
        );
    }

    /// <summary>Milliseconds between the events of every stream, those that run included.</summary>
    public void Pace(int gapMilliseconds)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"/pace?gap_ms={gapMilliseconds}"
        );
        using var answer = _http.Send(request);
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose() => _http.Dispose();
}
