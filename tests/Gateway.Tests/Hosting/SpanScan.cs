using System.Collections.Concurrent;
using System.Diagnostics;
using Arda.Gateway.Http.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Arda.Gateway.Tests.Hosting;

/// <summary>
/// Stands where a collector would: all that a gateway of the tests exports as spans is searched for
/// secrets in clear (case LG01). Listening is the whole process's, so one gateway's scan reads the
/// spans of its neighbours too.
/// </summary>
internal sealed class SpanScan(SecretScan secrets) : BaseExporter<Activity>
{
    private static readonly ConcurrentDictionary<TracerProvider, byte> s_running = new();

    public static void AddTo(IServiceCollection services, SecretScan secrets) =>
        services
            .AddOpenTelemetry()
            .WithTracing(traces =>
                traces
                    .AddSpans()
                    .AddProcessor(_ => new SimpleActivityExportProcessor(new SpanScan(secrets)))
            );

    /// <summary>So that <see cref="EndAll"/> finds it.</summary>
    public static void Remember(IServiceProvider services)
    {
        if (services.GetService<TracerProvider>() is { } provider)
        {
            s_running[provider] = 0;
        }
    }

    public static void Forget(IServiceProvider services)
    {
        if (services.GetService<TracerProvider>() is { } provider)
        {
            s_running.TryRemove(provider, out _);
        }
    }

    /// <summary>For tests that must be the only listeners of this process.</summary>
    public static void EndAll()
    {
        foreach (var provider in s_running.Keys)
        {
            provider.Dispose();
        }
    }

    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (var span in batch)
        {
            secrets.Search("A span", span.DisplayName);
            secrets.Search("A span", span.StatusDescription ?? "");
            SearchAll(span.TagObjects);
            foreach (var happening in span.Events)
            {
                secrets.Search("A span's event", happening.Name);
                SearchAll(happening.Tags);
            }

            foreach (var (name, value) in span.Baggage)
            {
                secrets.Search("A span's baggage " + name, value ?? "");
            }
        }

        return ExportResult.Success;
    }

    private void SearchAll(IEnumerable<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags)
        {
            var text = value is string[] many ? string.Join(' ', many) : value?.ToString();
            secrets.Search("A span's " + name, text ?? "");
        }
    }
}
