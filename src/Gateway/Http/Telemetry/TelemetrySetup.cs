using System.Net;
using Arda.Gateway.Kernel;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Arda.Gateway.Http.Telemetry;

/// <summary>Asks whether this request carries the operator's token. The rooms above know the
/// token; Program.cs brings the answer here.</summary>
public delegate ValueTask<bool> OperatorCheck(HttpContext context);

/// <summary>What Program.cs calls: collecting, exporting and showing metrics and traces.</summary>
public static class TelemetrySetup
{
    public const string MetricsPath = "/metrics";

    private const string HostingLog = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private const string HostingSpans = "Microsoft.AspNetCore";
    private const string UpstreamSpans = "System.Net.Http";

    /// <summary>
    /// Without configuration nothing is collected and no span is made. An OTLP end point
    /// (<c>Telemetry:OtlpEndpoint</c> or OTEL_EXPORTER_OTLP_ENDPOINT) turns on both signals;
    /// <c>Telemetry:Metrics</c> or <c>Http:MetricsPublic</c> collects for /metrics from the start,
    /// otherwise its first reader does.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder, EdgeOptions edge)
    {
        var configuration = builder.Configuration;
        var isCollecting = edge.MetricsPublic || Flag(configuration, "Telemetry:Metrics");
        builder.Services.AddSingleton(_ =>
        {
            var exporter = new PrometheusExporter();
            if (isCollecting)
            {
                exporter.Start();
            }

            return exporter;
        });
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            // The exporter reads this one and its companions by itself.
            builder.Services.AddOtlp(endpoint: null);
        }
        else if (OtlpEndpoint(configuration) is { } endpoint)
        {
            builder.Services.AddOtlp(endpoint);
        }
        else
        {
            // While this category is enabled, hosting makes an activity and a log scope for every
            // request; the edge has a scope of its own.
            builder.Logging.AddFilter(HostingLog, LogLevel.None);
        }
    }

    /// <summary>Maps /metrics: for everybody where Http:MetricsPublic says so, else for this
    /// machine and for the operator.</summary>
    public static IEndpointRouteBuilder MapMetrics(
        this IEndpointRouteBuilder app,
        OperatorCheck isOperator
    )
    {
        // Made now, so that a configured exporter collects from the first request on.
        var exporter = app.ServiceProvider.GetRequiredService<PrometheusExporter>();
        var edge = app.ServiceProvider.GetRequiredService<EdgeOptions>();
        app.MapGet(
            MetricsPath,
            async context =>
            {
                if (!edge.MetricsPublic && !IsLocal(context) && !await isOperator(context))
                {
                    await Errors.WriteForPathAsync(
                        context,
                        new Denial.InvalidKey(
                            "Metrics are shown on this machine and to the operator; send the "
                                + "operator's token as a Bearer token or set Http:MetricsPublic."
                        )
                    );
                    return;
                }

                exporter.Start();
                context.Response.ContentType = PrometheusExporter.ContentType;
                context.Response.Headers.CacheControl = "no-store";
                await context.Response.WriteAsync(exporter.Scrape(), context.RequestAborted);
            }
        );
        return app;
    }

    /// <summary>What is traced, and that no secret of it leaves; an exporter comes after it.</summary>
    internal static TracerProviderBuilder AddSpans(this TracerProviderBuilder traces)
    {
        // Hosting describes its span by the HTTP conventions only when asked to.
        AppContext.SetSwitch(
            "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData",
            false
        );
        return traces
            .AddSource(TelemetryNames.Source, HostingSpans, UpstreamSpans)
            .AddProcessor(_ => new SpanRedaction());
    }

    private static void AddOtlp(this IServiceCollection services, Uri? endpoint)
    {
        services
            .AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource.AddService("arda-gateway", serviceVersion: TelemetryNames.Version)
            )
            .WithTracing(traces =>
                traces.AddSpans().AddOtlpExporter(otlp => Point(otlp, endpoint, "v1/traces"))
            )
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(
                        TelemetryNames.Source + "*",
                        "Microsoft.AspNetCore.Hosting",
                        "Microsoft.AspNetCore.Server.Kestrel",
                        "System.Runtime",
                        UpstreamSpans
                    )
                    .AddOtlpExporter(otlp => Point(otlp, endpoint, "v1/metrics"))
            );
    }

    /// <summary>Over plain HTTP each signal has a path of its own; gRPC has one address.</summary>
    private static void Point(OtlpExporterOptions otlp, Uri? endpoint, string path)
    {
        if (endpoint is not null)
        {
            otlp.Endpoint =
                otlp.Protocol is OtlpExportProtocol.HttpProtobuf
                    ? new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}")
                    : endpoint;
        }
    }

    /// <summary>Behind a proxy on this machine everybody seems to be local: then the host name or a
    /// forwarding header tells.</summary>
    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } remote
        && IPAddress.IsLoopback(remote)
        && context.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]"
        && !context.Request.Headers.ContainsKey("X-Forwarded-For")
        // What is left of that header where a trusted proxy sent it.
        && !context.Request.Headers.ContainsKey("X-Original-For")
        && !context.Request.Headers.ContainsKey("Forwarded");

    private static Uri? OtlpEndpoint(IConfiguration configuration)
    {
        const string Key = "Telemetry:OtlpEndpoint";
        if (configuration[Key] is not { Length: > 0 } text)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new ConfigurationException(
                Key,
                text,
                "the http(s) address of a collector, such as http://localhost:4317"
            );
    }

    private static bool Flag(IConfiguration configuration, string key) =>
        configuration[key] switch
        {
            null or "" => false,
            var text when bool.TryParse(text, out var flag) => flag,
            var text => throw new ConfigurationException(key, text, "true or false"),
        };
}
