using Arda.Gateway.Providers;
using Arda.Gateway.Wire;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Providers;

/// <summary>What the room remembers of faults, and whom it tells.</summary>
public sealed class UpstreamHealthTests
{
    [Fact]
    public async Task A_refused_key_rests_the_whole_provider_for_five_minutes()
    {
        var clock = new HandClock();
        await using var server = await UpstreamServer.StartAsync(http =>
        {
            http.Response.StatusCode = 401;
            return http.Response.WriteAsync("""{"error":{"message":"bad key sk-123"}}""");
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url), clock);
        var offer = rig
            .Catalog.Models.SelectMany(m => m.Offers)
            .First(o => o.ProviderId == "openai");
        Assert.True(rig.Upstreams.IsReady(offer));
        await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
        Assert.False(rig.Upstreams.IsReady(offer));
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.True(rig.Upstreams.IsReady(offer));
        Assert.DoesNotContain("sk-123", rig.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_account_stays_the_operators_even_when_it_comes_with_a_time()
    {
        await using var server = await UpstreamServer.StartAsync(http =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "20";
            return http.Response.WriteAsync("""{"error":{"code":"insufficient_quota"}}""");
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url));
        await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
        Assert.Equal((UpstreamFault.OperatorBilling, null), (response.Fault, response.RetryAfter));
    }

    [Fact]
    public async Task A_provider_that_named_a_time_is_not_asked_before_it()
    {
        var clock = new HandClock();
        var requests = 0;
        await using var server = await UpstreamServer.StartAsync(http =>
        {
            requests++;
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "411480"; // 114 hours
            return http.Response.WriteAsync("{}");
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url), clock);
        for (var i = 0; i < 3; i++)
        {
            await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
            Assert.Equal(UpstreamFault.RateLimited, response.Fault);
            Assert.Equal(TimeSpan.FromSeconds(60), response.RetryAfter);
        }

        Assert.Equal(1, requests);
        clock.Advance(TimeSpan.FromSeconds(60));
        await using var after = await rig.SendAsync(ProvidersRig.Call("openai"));
        Assert.Equal(2, requests);
    }

    [Fact]
    public async Task Answers_that_turn_out_to_be_broken_open_the_breaker_too()
    {
        await using var server = await UpstreamServer.StartAsync(http =>
            http.Response.WriteAsync("<html>")
        );
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url));
        for (var i = 0; i < 5; i++)
        {
            await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
            response.Report(new() { Message = "not JSON", Kind = UpstreamErrorKind.Server });
            response.Report(new() { Message = "counted once", Kind = UpstreamErrorKind.Server });
        }

        var reading = Assert.Single(rig.Upstreams.ReadHealth());
        Assert.Equal(
            (CircuitState.Open, 5, 5),
            (reading.State, reading.RecentRequests, reading.RecentFaults)
        );
    }

    [Fact]
    public async Task An_outage_does_not_fill_the_log()
    {
        var clock = new HandClock();
        await using var server = await UpstreamServer.StartAsync(http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        using var rig = new ProvidersRig(ProvidersRig.At("openai", server.Url), clock);
        for (var i = 0; i < 7; i++)
        {
            await using var response = await rig.SendAsync(ProvidersRig.Call("openai"));
            clock.Advance(TimeSpan.FromSeconds(i == 5 ? 10 : 0));
        }

        var lines = rig.Log.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("5 more like it", lines[1], StringComparison.Ordinal);
    }
}
