using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Catalog;
using Arda.Gateway.Providers;
using Arda.Gateway.Tests.House;
using Arda.Gateway.Tests.OAuth;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Providers;

/// <summary>Over real sockets, against recordings of what the vendors really say.</summary>
public sealed class UpstreamsTests
{
    public static TheoryData<string, string, UpstreamFault, double?> Recorded() =>
        new()
        {
            {
                "anthropic/error-400-context-length",
                "anthropic",
                UpstreamFault.ContextLength,
                null
            },
            { "anthropic/error-401", "anthropic", UpstreamFault.OperatorKey, null },
            { "anthropic/error-404-model", "anthropic", UpstreamFault.ModelNotFound, null },
            { "anthropic/error-429-no-retry-after", "anthropic", UpstreamFault.RateLimited, null },
            { "anthropic/error-429-rate-limit", "anthropic", UpstreamFault.RateLimited, 16 },
            { "anthropic/error-529-overloaded", "anthropic", UpstreamFault.Overloaded, null },
            { "azure/error-429-retry-after", "openai", UpstreamFault.RateLimited, 1 },
            { "gemini/error-400-api-key", "google", UpstreamFault.OperatorKey, null },
            { "gemini/error-404-model", "google", UpstreamFault.ModelNotFound, null },
            { "gemini/error-429-retry-info", "google", UpstreamFault.RateLimited, 48 },
            { "groq/error-400-tool-use-failed", "groq", UpstreamFault.BadRequest, null },
            { "openai/chat-error-400-system-role", "openai", UpstreamFault.BadRequest, null },
            { "openai/chat-error-401", "openai", UpstreamFault.OperatorKey, null },
            { "openai/chat-error-404-model", "openai", UpstreamFault.ModelNotFound, null },
            { "openai/chat-error-429-tpm", "openai", UpstreamFault.RateLimited, null },
            { "openai/embeddings-error-400", "openai", UpstreamFault.BadRequest, null },
            { "openai/responses-error-401", "openai", UpstreamFault.OperatorKey, null },
            { "openai/responses-error-429-quota", "openai", UpstreamFault.OperatorBilling, null },
            { "xai/error-400-api-key", "xai", UpstreamFault.OperatorKey, null },
        };

    [Theory]
    [MemberData(nameof(Recorded))]
    public async Task A_vendors_error_becomes_its_fault_and_says_nothing_of_the_operator(
        string recording,
        string provider,
        UpstreamFault fault,
        double? retryAfterSeconds
    )
    {
        var (status, headers, body) = Load(recording);
        await using var server = await UpstreamServer.StartAsync(async http =>
        {
            http.Response.StatusCode = status;
            foreach (var (name, value) in headers)
            {
                http.Response.Headers[name] = value;
            }

            await http.Response.WriteAsync(body);
        });
        using var rig = new ProvidersRig(ProvidersRig.At(provider, server.Url));
        await using var response = await rig.SendAsync(ProvidersRig.Call(provider));
        Assert.Equal((fault, status, false), (response.Fault, response.Status, response.Ok));
        Assert.Equal(retryAfterSeconds, response.RetryAfter?.TotalSeconds);
        if (fault.AlarmsOperator())
        {
            Assert.DoesNotContain(
                "key",
                response.Error!.Message,
                StringComparison.OrdinalIgnoreCase
            );
            Assert.DoesNotContain(
                "quota",
                response.Error.Message,
                StringComparison.OrdinalIgnoreCase
            );
            Assert.Contains($"Provider {provider} ", rig.Log.Text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("key-of-", rig.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Incorrect API", rig.Log.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_call_carries_our_headers_and_nothing_of_the_user()
    {
        IHeaderDictionary? seen = null;
        string? path = null;
        string? sent = null;
        await using var server = await UpstreamServer.StartAsync(async http =>
        {
            seen = new HeaderDictionary(http.Request.Headers.ToDictionary());
            path = http.Request.Path + http.Request.QueryString;
            using var reader = new StreamReader(http.Request.Body);
            sent = await reader.ReadToEndAsync();
            await http.Response.WriteAsync("{}");
        });
        using var rig = new ProvidersRig(ProvidersRig.At("anthropic", server.Url));
        var call = ProvidersRig.Call(
            "anthropic",
            OfferProtocol.AnthropicMessages,
            "{\"a\":1}",
            true
        ) with
        {
            Headers =
            [
                new("anthropic-beta", "context-1m"),
                new("Cookie", "session=1"),
                new("User-Agent", "someone"),
                new("X-Arda-Simulate", "hang"),
            ],
        };
        await using var response = await rig.SendAsync(call);
        Assert.True(response.Ok);
        Assert.Equal(("/v1/messages", "{\"a\":1}"), (path, sent));
        Assert.Equal(
            [
                "Accept-Encoding=identity",
                "Accept=text/event-stream",
                "Content-Length=7",
                "Content-Type=application/json",
                "User-Agent=arda-gateway/1",
                "X-Client-Request-Id=req_1",
                "anthropic-beta=context-1m",
                "anthropic-version=2023-06-01",
                "x-api-key=key-of-ANTHROPIC_API_KEY",
            ],
            seen!
                .Where(h => h.Key is not "Host")
                .Select(h => $"{h.Key}={h.Value}")
                .Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(
        "openai",
        OfferProtocol.OpenAiChat,
        UpstreamOperation.Generate,
        "/chat/completions"
    )]
    [InlineData("openai", OfferProtocol.OpenAiResponses, UpstreamOperation.Generate, "/responses")]
    [InlineData(
        "openai",
        OfferProtocol.OpenAiResponses,
        UpstreamOperation.CountTokens,
        "/responses/input_tokens"
    )]
    [InlineData("openai", OfferProtocol.OpenAiEmbeddings, UpstreamOperation.Embed, "/embeddings")]
    [InlineData(
        "anthropic",
        OfferProtocol.AnthropicMessages,
        UpstreamOperation.CountTokens,
        "/v1/messages/count_tokens"
    )]
    [InlineData(
        "google",
        OfferProtocol.GeminiGenerate,
        UpstreamOperation.Generate,
        "/models/some-model:generateContent"
    )]
    [InlineData(
        "google",
        OfferProtocol.GeminiGenerate,
        UpstreamOperation.CountTokens,
        "/models/some-model:countTokens"
    )]
    [InlineData(
        "google",
        OfferProtocol.GeminiEmbed,
        UpstreamOperation.Embed,
        "/models/some-model:batchEmbedContents"
    )]
    public async Task Each_protocol_has_its_address(
        string provider,
        OfferProtocol protocol,
        UpstreamOperation operation,
        string path
    )
    {
        await using var server = await UpstreamServer.StartAsync(http =>
            http.Response.WriteAsync(http.Request.Path + http.Request.QueryString)
        );
        using var rig = new ProvidersRig(ProvidersRig.At(provider, server.Url));
        var call = ProvidersRig.Call(provider, protocol) with { Operation = operation };
        await using var response = await rig.SendAsync(call);
        Assert.Equal(path, await TextAsync(response));
    }

    [Fact]
    public async Task Gemini_streams_as_server_sent_events()
    {
        await using var server = await UpstreamServer.StartAsync(http =>
            http.Response.WriteAsync(http.Request.Path + http.Request.QueryString)
        );
        using var rig = new ProvidersRig(ProvidersRig.At("google", server.Url));
        var call = ProvidersRig.Call("google", OfferProtocol.GeminiGenerate, stream: true);
        await using var response = await rig.SendAsync(call);
        Assert.Equal("/models/some-model:streamGenerateContent?alt=sse", await TextAsync(response));
    }

    [Fact]
    [OAuthCase("SS02")]
    public async Task A_redirect_is_not_followed()
    {
        var requests = 0;
        await using var server = await UpstreamServer.StartAsync(http =>
        {
            requests++;
            http.Response.Redirect("http://169.254.169.254/latest/meta-data/");
            return Task.CompletedTask;
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url));
        await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
        Assert.Equal((UpstreamFault.Server, 302, 1), (response.Fault, response.Status, requests));
    }

    [Fact]
    public async Task A_provider_that_keeps_silent_is_a_timeout_and_its_caller_gets_an_answer()
    {
        var clock = new HandClock();
        var arrived = new TaskCompletionSource();
        await using var server = await UpstreamServer.StartAsync(async http =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url), clock);
        var sending = rig.SendAsync(ProvidersRig.Call("openai", stream: true)).AsTask();
        await arrived.Task;
        clock.Advance(TimeSpan.FromSeconds(119));
        Assert.False(sending.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        await using var response = await sending;
        Assert.Equal((UpstreamFault.Timeout, 504), (response.Fault, response.Status));
    }

    [Fact]
    public async Task Silence_in_the_middle_of_a_stream_ends_it_with_an_error()
    {
        var clock = new HandClock();
        await using var server = await UpstreamServer.StartAsync(async http =>
        {
            await http.Response.WriteAsync("data: {}\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url), clock);
        await using var response = await rig.SendAsync(ProvidersRig.Call("openai", stream: true));
        var ct = TestContext.Current.CancellationToken;
        var buffer = new byte[64];
        Assert.Equal(10, await response.Body.ReadAsync(buffer, ct));
        // The time a slow client takes between two reads is not the provider's silence.
        clock.Advance(TimeSpan.FromMinutes(10));
        var reading = response.Body.ReadAsync(buffer, ct).AsTask();
        clock.Advance(TimeSpan.FromSeconds(240));
        await Assert.ThrowsAsync<IOException>(() => reading);
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_is_an_error_and_not_an_end()
    {
        var begun = new TaskCompletionSource();
        await using var server = await UpstreamServer.StartAsync(async http =>
        {
            await http.Response.WriteAsync("data: {}\n\n");
            await http.Response.Body.FlushAsync();
            await begun.Task;
            http.Abort();
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url));
        await using var response = await rig.SendAsync(ProvidersRig.Call("openai", stream: true));
        Assert.True(response.Ok);
        begun.SetResult();
        var cut = await Assert.ThrowsAnyAsync<Exception>(() => TextAsync(response));
        Assert.True(cut is IOException or HttpRequestException, cut.GetType().Name);
    }

    [Fact]
    public async Task A_stream_that_was_left_at_its_last_event_gives_its_connection_back()
    {
        var connections = new List<string>();
        await using var server = await UpstreamServer.StartAsync(async http =>
        {
            connections.Add(http.Connection.Id);
            await http.Response.WriteAsync("data: [DONE]\n\n");
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url));
        var buffer = new byte[14];
        for (var i = 0; i < 3; i++)
        {
            var response = await rig.SendAsync(ProvidersRig.Call("openai", stream: true));
            await response.Body.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
            await response.DisposeAsync();
        }

        Assert.Equal(3, connections.Count);
        Assert.Single(connections.Distinct());
    }

    [Fact]
    public async Task A_closed_port_is_a_connection_fault()
    {
        await using var server = await UpstreamServer.StartAsync(_ => Task.CompletedTask);
        var url = server.Url;
        await server.DisposeAsync();
        using var rig = new ProvidersRig(ProvidersRig.At("openai", url));
        await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
        Assert.Equal((UpstreamFault.Connection, 502), (response.Fault, response.Status));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_a_connection_fault()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        using var certificate = new CertificateRequest(
            "CN=localhost",
            key,
            System.Security.Cryptography.HashAlgorithmName.SHA256
        ).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await using var server = await UpstreamServer.StartAsync(
            http => http.Response.WriteAsync("{}"),
            certificate
        );
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url));
        await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
        Assert.Equal(UpstreamFault.Connection, response.Fault);
        Assert.DoesNotContain("key-of-", rig.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_callers_own_cancellation_throws()
    {
        var arrived = new TaskCompletionSource();
        await using var server = await UpstreamServer.StartAsync(async http =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url));
        using var caller = new CancellationTokenSource();
        var sending = rig.Upstreams.SendAsync(ProvidersRig.Call("openai"), caller.Token).AsTask();
        await arrived.Task;
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal(0, Assert.Single(rig.Upstreams.ReadHealth()).RecentFaults);
    }

    [Fact]
    public async Task Letting_go_of_a_stream_closes_its_connection_at_the_provider()
    {
        var closed = new TaskCompletionSource();
        await using var server = await UpstreamServer.StartAsync(async http =>
        {
            http.RequestAborted.Register(closed.SetResult);
            await http.Response.WriteAsync("data: {}\n\n");
            await http.Response.Body.FlushAsync();
            await closed.Task;
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url));
        var response = await rig.SendAsync(ProvidersRig.Call("openai", stream: true));
        await response.DisposeAsync();
        await closed.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    private static (int Status, List<KeyValuePair<string, string>> Headers, string Body) Load(
        string recording
    )
    {
        if (Checkout.Shared is not { } shared)
        {
            Assert.Skip("The recordings are not beside this checkout.");
            return default;
        }

        using var document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(shared, "wire", recording + ".json"))
        );
        var response = document.RootElement.GetProperty("response");
        return (
            response.GetProperty("status").GetInt32(),
            [
                .. response
                    .GetProperty("headers")
                    .EnumerateObject()
                    .Select(h => KeyValuePair.Create(h.Name, h.Value.GetString()!)),
            ],
            response.GetProperty("body").GetRawText()
        );
    }

    private static async Task<string> TextAsync(UpstreamResponse response)
    {
        using var reader = new StreamReader(response.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
