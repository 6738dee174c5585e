using System.Net;
using System.Text;
using Arda.Gateway.Catalog;
using Arda.Gateway.Providers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Providers;

/// <summary>A real provider on this machine: Kestrel on a free port of loopback.</summary>
internal sealed class UpstreamServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private UpstreamServer(WebApplication app) => _app = app;

    public string Url =>
        _app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();

    public static async Task<UpstreamServer> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new UpstreamServer(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>The room as the server registers it, over a provider of the test's choice.</summary>
internal sealed class ProvidersRig : IDisposable
{
    private readonly ServiceProvider _services;

    public ProvidersRig(
        ProvidersOptions? options = null,
        TimeProvider? time = null,
        HostResolver? resolve = null,
        Func<string, string?>? environment = null,
        string? catalog = null
    )
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(Log));
        if (time is not null)
        {
            services.AddSingleton(time);
        }

        if (resolve is not null)
        {
            services.AddSingleton(resolve);
        }

        Catalog = ModelCatalog.Load(Encoding.UTF8.GetBytes(catalog ?? ""), "arda.json");
        services.AddProviders(
            options ?? new ProvidersOptions { Simulation = AtOnce },
            Catalog,
            environment ?? (name => $"key-of-{name}")
        );
        _services = services.BuildServiceProvider();
    }

    public static SimulationOptions AtOnce { get; } =
        new() { FirstToken = TimeSpan.Zero, TokensPerSecond = 0 };

    public ModelCatalog Catalog { get; }

    public Upstreams Upstreams => _services.GetRequiredService<Upstreams>();

    public LogLines Log { get; } = new();

    public static ProvidersOptions At(string providerId, string baseUrl) =>
        new()
        {
            Simulation = AtOnce,
            Providers = new Dictionary<string, ProviderSettings>
            {
                [providerId] = new() { BaseUrl = new Uri(baseUrl) },
            },
        };

    public static UpstreamCall Call(
        string providerId,
        OfferProtocol protocol = OfferProtocol.OpenAiChat,
        string body = "{}",
        bool stream = false
    ) =>
        new()
        {
            ProviderId = providerId,
            UpstreamModel = "some-model",
            Protocol = protocol,
            Operation = UpstreamOperation.Generate,
            Body = Encoding.UTF8.GetBytes(body),
            Stream = stream,
            RequestId = "req_1",
        };

    public ValueTask<UpstreamResponse> SendAsync(UpstreamCall call) =>
        Upstreams.SendAsync(call, TestContext.Current.CancellationToken);

    public void Dispose() => _services.Dispose();
}

/// <summary>What was logged, as one text.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly StringBuilder _text = new();

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        lock (_text)
        {
            _text.AppendLine(formatter(state, exception));
        }
    }

    public void Dispose() { }
}
