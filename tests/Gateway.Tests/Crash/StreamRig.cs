using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Crash;

/// <summary>The gateway before a scripted provider, and clients that leave when they like.</summary>
internal sealed class StreamRig(ScriptedUpstream upstream, GatewayHost host) : IAsyncDisposable
{
    public ScriptedUpstream Upstream => upstream;

    public GatewayHost Host => host;

    public static async Task<StreamRig> StartAsync(params (string, string)[] settings)
    {
        var upstream = await ScriptedUpstream.StartAsync();
        var host = await GatewayHost.StartAsync(
            new GatewayHostOptions { Catalog = upstream.Catalog, Settings = settings }
        );
        return new StreamRig(upstream, host);
    }

    public Task<HttpResponseMessage> AskAsync(
        string model = "house/chat",
        string? idempotencyKey = null,
        int maxTokens = 4_000
    ) =>
        host.PostAsync(
            "/v1/chat/completions",
            $$"""
            {"model":"{{model}}","stream":true,"stream_options":{"include_usage":true},
             "max_tokens":{{maxTokens}},"messages":[{"role":"user","content":"Hello"}]}
            """,
            idempotencyKey is null ? [] : [("Idempotency-Key", idempotencyKey)]
        );

    /// <summary>Reads until this has come by.</summary>
    public static async Task<Stream> ReadUntilAsync(HttpResponseMessage answer, string text)
    {
        var stream = await answer.Content.ReadAsStreamAsync();
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer);
            Assert.True(read > 0, $"The stream ended without '{text}':\n{seen}");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return stream;
    }

    /// <summary>All rows of the one request, once its last is there.</summary>
    /// <param name="atRest">No other request runs.</param>
    public async Task<List<StoredCharge>> ChargedAsync(bool atRest = true)
    {
        var books = new StoredBooks(host.DataDirectory, null);
        await Eventually.HoldsAsync(
            () => books.Charges().Any(IsLast),
            () => $"No final charge among {string.Join(';', books.Charges())}"
        );
        if (atRest)
        {
            await AssertRestAsync();
        }

        return books.Charges();
    }

    /// <summary>Nothing is held any more, and the books balance.</summary>
    public async Task AssertRestAsync()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/admin/ledger/verify");
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            "Bearer " + host.Demo.GetProperty("admin_token").GetString()
        );
        using var answer = await host.Client.SendAsync(request);
        using var reading = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.True(
            reading.RootElement.GetProperty("ok").GetBoolean(),
            reading.RootElement.ToString()
        );
        var books = new StoredBooks(host.DataDirectory, null);
        await Eventually.HoldsAsync(
            () => OpenHolds.FreeOf(host) == books.Wallet().Balance,
            () => $"{books.Wallet()} is there, {OpenHolds.FreeOf(host)} of it free."
        );
    }

    public static NanoUsd PriceOf(long input, long output) =>
        new((input * 10_000) + (output * 100_000));

    public static NanoUsd Total(IEnumerable<StoredCharge> charges) =>
        new(charges.Sum(charge => charge.Charged.Value));

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await upstream.DisposeAsync();
    }

    private static bool IsLast(StoredCharge charge) =>
        charge.Outcome != "completed" || charge.Source == "provider";
}
