using System.Collections.Concurrent;
using System.Diagnostics;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit.Sdk;

namespace Arda.Gateway.Tests.Hosting;

/// <summary>The scan that ends every test of the whole gateway has to find what it looks for.</summary>
public sealed class SecretScanTests
{
    [Fact]
    [OAuthCase("LG02")]
    public async Task A_secret_in_the_database_is_found()
    {
        var host = await GatewayHost.StartAsync();
        await host.Database.WriteAsync(connection =>
            connection.Execute("UPDATE project SET name = @name", ("name", host.ApiKey))
        );

        var leak = await Assert.ThrowsAsync<TrueException>(async () => await host.DisposeAsync());
        Assert.Contains("project.\"name\" has gw_sk_", leak.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_in_an_exported_span_is_found_and_a_redacted_one_is_none()
    {
        var host = await GatewayHost.StartAsync();
        host.Secrets.Watch("a verifier", "verifier-0123456789");
        using (var span = TelemetryNames.Spans.StartActivity("Test"))
        {
            Assert.NotNull(span);
            span.SetTag("url.path", "/invite/" + Secrets.New(Secrets.Invitation));
            span.SetTag("app.note", "It wrote verifier-0123456789");
        }

        var leak = await Assert.ThrowsAsync<TrueException>(async () => await host.DisposeAsync());
        Assert.Contains(
            "A span's app.note has a verifier in clear",
            leak.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("has gw_iv_", leak.Message, StringComparison.Ordinal);
    }

    // The conventions of HTTP put the path into the span, and some paths are secrets.
    [Fact]
    public async Task A_page_whose_address_is_a_secret_is_traced_without_it()
    {
        var paths = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => paths.Enqueue(span.GetTagItem("url.path") as string ?? ""),
        };
        ActivitySource.AddActivityListener(listener);
        await using (var host = await GatewayHost.StartAsync())
        {
            var secret = Secrets.New(Secrets.Invitation);
            using var answer = await host.Client.GetAsync(
                "/invite/" + secret,
                TestContext.Current.CancellationToken
            );
        }

        // The span had it: this listener comes before the exporter's, or sees what that one made.
        Assert.Contains(paths, path => path.StartsWith("/invite/gw_iv_", StringComparison.Ordinal));
    }

    [Fact]
    [OAuthCase("LG01")]
    public async Task A_watched_word_in_the_log_is_found_and_a_redacted_secret_is_none()
    {
        var host = await GatewayHost.StartAsync();
        host.Secrets.Watch("a user code", "WDJB-MJHT");
        var log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Test");
#pragma warning disable CA1848, CA2254 // The sink is the subject.
        log.LogInformation("The key is " + Secrets.New(Secrets.ApiKey));
        log.LogInformation("Somebody wrote WDJB-MJHT");
#pragma warning restore CA1848, CA2254

        var leak = await Assert.ThrowsAsync<TrueException>(async () => await host.DisposeAsync());
        Assert.Contains("has a user code in clear", leak.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("has gw_sk_", leak.Message, StringComparison.Ordinal);
    }

    [Fact]
    [OAuthCase("LG01")]
    public async Task A_word_that_was_logged_before_it_was_watched_is_found()
    {
        var host = await GatewayHost.StartAsync();
        var log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Test");
#pragma warning disable CA1848, CA2254 // The sink is the subject.
        log.LogInformation("Somebody wrote WDJB-MJHT");
#pragma warning restore CA1848, CA2254
        host.Secrets.Watch("a user code", "WDJB-MJHT");

        var leak = await Assert.ThrowsAsync<TrueException>(async () => await host.DisposeAsync());
        Assert.Contains("has a user code in clear", leak.Message, StringComparison.Ordinal);
    }
}
