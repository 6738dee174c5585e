using System.Net.Http.Headers;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Keys;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Who is at the other end of the client.</summary>
public enum OtherSide
{
    /// <summary>The simulated provider of the embedded default, in this process.</summary>
    Simulated,

    /// <summary>A server of its own behind a socket, reached as the real provider would
    /// be.</summary>
    Stripe,
}

/// <summary>
/// The real rooms, payments and what they stand on, over a real store, with a clock that stands
/// still and workers that move when told. Every call to the provider is checked on its way.
/// </summary>
internal sealed class PaymentsRig : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ProviderSide? _side;
    private readonly SimulatedDelivery _delivery;
    private readonly bool _ownsStore;

    private PaymentsRig(
        TestStore store,
        WebApplication app,
        ProviderSide? side,
        WireCheck wire,
        HandClock clock,
        bool ownsStore
    )
    {
        (Store, _app, _side, Wire, Clock) = (store, app, side, wire, clock);
        _ownsStore = ownsStore;
        Http = app.GetTestClient();
        Provider = side?.Server ?? Get<SimulatedServer>();
        _delivery = new SimulatedDelivery(
            side?.Database ?? Get<Database>(),
            Provider,
            (body, signature, ct) =>
            {
                Wire.SawEvent(System.Text.Encoding.UTF8.GetString(body));
                return PostWebhookAsync(body, signature, ct);
            },
            clock
        );
    }

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind, OtherSide> All =>
        new TheoryData<StoreKind, OtherSide>
        {
            { StoreKind.Sqlite, OtherSide.Simulated },
            { StoreKind.Postgres, OtherSide.Simulated },
            { StoreKind.Sqlite, OtherSide.Stripe },
        };

    public TestStore Store { get; }

    public HandClock Clock { get; }

    public WireCheck Wire { get; }

    public HttpClient Http { get; }

    /// <summary>The provider's own inside, for what happens at banks.</summary>
    public SimulatedServer Provider { get; }

    public ProjectId Project { get; private set; }

    /// <summary>Statuses that our webhook endpoint has answered.</summary>
    public List<int> Answers { get; } = [];

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<PaymentsRig> StartAsync(
        StoreKind kind,
        OtherSide other = OtherSide.Simulated
    )
    {
        var clock = new HandClock();
        var store = await Stores.OpenAsync(
            kind,
            clock,
            [
                .. AccountsSchema.Migrations,
                .. KeysSchema.Migrations,
                .. LedgerSchema.Migrations,
                .. BalanceWatches.Migrations,
                .. PaymentsSchema.Migrations,
            ]
        );
        var side = other is OtherSide.Stripe ? await ProviderSide.StartAsync(clock) : null;
        var rig = await StartAsync(store, side, clock, "n1", store.Database, ownsStore: true);
        rig.Project = await rig.NewProjectAsync("owner@example.com");
        return rig;
    }

    /// <summary>With 10 USD, a saved card and auto-reload.</summary>
    public static async Task<PaymentsRig> ReloadingAsync(
        StoreKind kind,
        OtherSide other = OtherSide.Simulated
    )
    {
        var rig = await StartAsync(kind, other);
        await rig.WithAutoReloadAsync();
        return rig;
    }

    /// <summary>Another node on the same PostgreSQL; on SQLite another set of workers.</summary>
    public async Task<PaymentsRig> SecondNodeAsync()
    {
        var database = Store.Options.PostgresConnectionString is null
            ? Store.Database
            : Database.Open(Store.Options, Clock);
        var rig = await StartAsync(Store, _side, Clock, "n2", database, ownsStore: false);
        rig.Project = Project;
        return rig;
    }

    public async Task<ProjectId> NewProjectAsync(string email)
    {
        Assert.False(EmailAddress.Read(email).Denied(out _, out var address));
        var owner = await Get<People>().FindOrCreateAsync(address!);
        var made = await Get<Projects>().CreateAsync(owner.Id, "Test");
        Assert.False(made.Denied(out _, out var project));
        return project!.Id;
    }

    /// <summary>The provider sends what is due, and the workers of this node do what they
    /// find.</summary>
    public async Task MoveAsync()
    {
        await DeliverAsync();
        await WorkAsync();
        await DeliverAsync();
        await WorkAsync();
    }

    public Task DeliverAsync() => _delivery.TickAsync(Ct);

    public Task WorkAsync() => Get<PaymentWorker>().TickAsync(Ct);

    public Task AtBankAsync(Action<SimulatedBooks> act) =>
        Provider.RunAsync(books =>
        {
            act(books);
            return true;
        });

    public Task SwitchAsync(SimulatedSwitches switches) => Provider.SetAsync(switches);

    public Task TroubleAsync(SimulatedFault fault, string path, int times = 1) =>
        SwitchAsync(new SimulatedSwitches { Troubles = [new(fault, path, times)] });

    public async Task<int> PostWebhookAsync(byte[] body, string? signature, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, WebhookEndpoint.Path)
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (signature is not null)
        {
            request.Headers.TryAddWithoutValidation(WebhookSignature.Header, signature);
        }

        using var response = await Http.SendAsync(request, ct);
        Answers.Add((int)response.StatusCode);
        return (int)response.StatusCode;
    }

    public async Task<T> ReadAsync<T>(Func<System.Data.Common.DbConnection, T> read)
    {
        await using var connection = await Store.Database.OpenAsync(Ct);
        return read(connection);
    }

    public Task<long> CountAsync(string table, string where = "1 = 1") =>
        ReadAsync(c =>
            c.QueryOne($"SELECT COUNT(*) FROM {table} WHERE {where}", r => r.GetInt64(0))
        );

    /// <summary>The books balance, and the balance is so many cents.</summary>
    public async Task AssertBalanceAsync(long cents)
    {
        Assert.Empty(await LedgerVerification.RunAsync(Store.Database, Ct));
        var wallet = await Get<Credits>().ReadAsync(Project, Ct);
        Assert.Equal(NanoUsd.FromCents(cents), wallet?.Balance ?? NanoUsd.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        var database = Get<Database>();
        await _app.DisposeAsync();
        if (_ownsStore)
        {
            await (_side?.DisposeAsync() ?? ValueTask.CompletedTask);
            await Store.DisposeAsync();
        }
        else if (Store.Options.PostgresConnectionString is not null)
        {
            await database.DisposeAsync();
        }

        Wire.AssertNoMistakes();
    }

    private static async Task<PaymentsRig> StartAsync(
        TestStore store,
        ProviderSide? side,
        HandClock clock,
        string node,
        Database database,
        bool ownsStore
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.AddEdge(_ => (_, _) => ValueTask.FromResult(false));
        builder.Services.AddSingleton(database);
        var feed = new ChangeFeed(database, node, TimeProvider.System);
        builder.Services.AddSingleton(_ => feed);
        builder.Services.AddAccounts(builder.Configuration);
        var isSimulated = side is null;
        builder.Services.AddLedger(
            new LedgerOptions { Node = node, Currency = isSimulated ? "XTS" : "USD" },
            () => throw new InvalidOperationException("no receipts are signed here")
        );
        var options = OptionsOf(side);
        builder.Services.AddPayments(options, _ => (_, _) => Task.CompletedTask);
        WireCheck? wire = null;
        builder.Services.AddSingleton(services =>
        {
            wire = new WireCheck(
                isSimulated
                    ? new SimulatedHandler(services.GetRequiredService<SimulatedServer>())
                    : new SocketsHttpHandler()
            );
            return TransportOf(options, wire, services);
        });
        var app = builder.Build();
        app.UseEdge();
        app.MapPayments();
        await feed.StartAsync(Ct);
        await app.StartAsync(Ct);
        app.Services.GetRequiredService<StripeTransport>();
        return new PaymentsRig(store, app, side, wire!, clock, ownsStore);
    }

    private static PaymentsOptions OptionsOf(ProviderSide? side) =>
        new()
        {
            Provider = side is null ? PaymentProvider.Simulated : PaymentProvider.Stripe,
            Currency = side is null ? "xts" : "usd",
            PublicUrl = "http://localhost:8787",
            SecretKey = side?.Server.SecretKey ?? "",
            WebhookSecrets = side is null ? [] : ["whsec_of_before", .. side.Server.WebhookSecrets],
            StripeUrl = side?.Address ?? new Uri("http://simulated.invalid"),
            RetryFirst = TimeSpan.Zero,
        };

    private static StripeTransport TransportOf(
        PaymentsOptions options,
        WireCheck wire,
        IServiceProvider services
    ) =>
        new(
            new HttpClient(wire) { Timeout = Timeout.InfiniteTimeSpan },
            new StripeOptions
            {
                BaseUrl = options.StripeUrl,
                SecretKey = options.SecretKey.Length > 0 ? options.SecretKey : "sk_test_simulated",
                RetryFirst = TimeSpan.Zero,
            },
            services.GetRequiredService<StripeHealth>(),
            services.GetRequiredService<TimeProvider>(),
            NullLogger<StripeTransport>.Instance
        );
}
