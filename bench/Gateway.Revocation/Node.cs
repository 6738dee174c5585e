using System.Net.Http.Headers;
using System.Text;
using Arda.Gateway.Load;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Revocation;

/// <summary>One gateway process, and the three things that are asked of it.</summary>
internal sealed class Node : IDisposable
{
    private const double StartSecondsMax = 60;
    private const string Model = "arda/auto";

    private static readonly byte[] s_question = Encoding.UTF8.GetBytes(
        $$"""{"model":"{{Model}}","max_tokens":1,"messages":[{"role":"user","content":"Hi"}]}"""
    );

    private readonly HttpClient _http;

    private Node(string name, Uri address, string data)
    {
        (Name, Data) = (name, data);
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false })
        {
            BaseAddress = address,
        };
    }

    public string Name { get; }

    public string Data { get; }

    /// <summary>As an operator starts it; the demo's provider is simulated and answers at once.</summary>
    public static Node Start(
        string name,
        int port,
        string postgres,
        Children children,
        string directory
    )
    {
        Children.NeedFree(port);
        var data = Path.Combine(directory, name);
        Directory.CreateDirectory(data);
        var url = Lineup.Text(Lineup.UrlOf(port));
        var pid = children.Start(
            port % Environment.ProcessorCount,
            name,
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "Arda.Gateway.dll"),
            "--demo",
            "--urls",
            url,
            "--data",
            data,
            "--node",
            name,
            "--storage:postgres",
            postgres,
            "--Keys:RequestsPerMinute=1000000",
            "--Demo:BalanceCents=1000000",
            "--Providers:Simulation:FirstTokenMs=0",
            "--Providers:Simulation:TokensPerSecond=0",
            "--Logging:LogLevel:Default=Warning"
        );
        children.WaitForPort(pid, name, port, StartSecondsMax);
        return new Node(name, new Uri(url), data);
    }

    public Task<bool> ReadsAsync(string key) => IsTakenAsync(HttpMethod.Get, "/v1/models", key);

    public Task<bool> InfersAsync(string key) =>
        IsTakenAsync(HttpMethod.Post, "/v1/chat/completions", key);

    public async Task RevokeAsync(string key)
    {
        if (!await IsTakenAsync(HttpMethod.Post, "/v1/keys/self/revoke", key))
        {
            throw new BenchException($"{Name} did not revoke a key");
        }
    }

    public void Dispose() => _http.Dispose();

    // 200 or 204, or the 401 of a revoked key; anything else is no measurement.
    private async Task<bool> IsTakenAsync(HttpMethod method, string path, string key)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (path == "/v1/chat/completions")
        {
            request.Content = new ByteArrayContent(s_question);
            request.Content.Headers.ContentType = new("application/json");
        }

        using var answer = await _http.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            || (
                (int)answer.StatusCode == 401
                && body.Contains("key_revoked", StringComparison.Ordinal)
                    ? false
                    : throw new BenchException(
                        $"{Name} answered {path} with {(int)answer.StatusCode}: {body}"
                    )
            );
    }
}
