using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Payments;
using Arda.Gateway.Payments.Simulated;
using Arda.Gateway.Payments.Stripe;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Arda.Gateway.Tests.Payments;

/// <summary>
/// Whole gateways, as they are started, on one store: they serve requests over sockets, and their own
/// workers reload. Only time is moved by hand, and it never stands still.
/// </summary>
internal sealed class ReloadNodes : IAsyncDisposable
{
    private readonly ProviderSide? _side;
    private readonly ShiftedClock _clock;
    private readonly List<GatewayHost> _hosts = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _delivering = Task.CompletedTask;

    private ReloadNodes(ProviderSide? side, ShiftedClock clock) => (_side, _clock) = (side, clock);

    public IReadOnlyList<GatewayHost> Hosts => _hosts;

    public ProjectId Project { get; private set; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private SimulatedServer Provider => _side?.Server ?? Get<SimulatedServer>();

    public T Get<T>(int node = 0)
        where T : notnull => _hosts[node].Services.GetRequiredService<T>();

    public static async Task<ReloadNodes> StartAsync(OtherSide other, int nodes)
    {
        var clock = new ShiftedClock();
        var side = other is OtherSide.Stripe ? await ProviderSide.StartAsync(clock) : null;
        var started = new ReloadNodes(side, clock);
        var database = nodes > 1 ? NewPostgres() : null;
        List<(string, string)> settings =
        [
            ("OAuth:SigningKeySecret", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
            ("Keys:RequestsPerMinute", "100000"),
            .. side is null ? [] : SettingsOf(side),
        ];
        for (var i = 0; i < nodes; i++)
        {
            started._hosts.Add(
                await GatewayHost.StartAsync(
                    new GatewayHostOptions
                    {
                        Store = database is null ? StoreKind.Sqlite : StoreKind.Postgres,
                        PostgresConnectionString = database,
                        Settings = [.. settings, ("node", $"n{i}")],
                        Adjust = builder =>
                            builder.Services.Replace(
                                ServiceDescriptor.Singleton<TimeProvider>(clock)
                            ),
                    }
                )
            );
        }

        var slug = started._hosts[0].Demo.GetProperty("project_slug").GetString()!;
        started.Project = (await started.Get<Projects>().FindBySlugAsync(slug, Ct))!.Id;
        if (side is not null)
        {
            started._delivering = Task.Run(() => started.DeliverAsync(side), Ct);
        }

        return started;
    }

    /// <summary>The card is saved, and the threshold is what is there: the next cent crosses
    /// it.</summary>
    public async Task OnTheEdgeAsync(string card = Journeys.Visa)
    {
        var opened = await Get<Topups>()
            .OpenAsync(Project, 500, saveCard: true, Journeys.Returns, Ct);
        Assert.False(opened.Denied(out var denial, out var page), $"{denial}");
        await Provider.RunAsync(books =>
            SimulatedPageActs.Pay(books, page.SessionId(), SimulatedCards.Find(card)!, null)
        );
        var paid = await Get<Topups>().ReturnedAsync(Project, page.Id, Ct);
        Assert.Equal(TopupStates.Succeeded, paid!.State);
        var cents = (await BalanceAsync()).CentsFloor;
        Assert.Null(
            await Get<AutoReloads>().TurnOnAsync(Project, cents, 1000, 4000, Journeys.Consent)
        );
    }

    public Task SwitchAsync(SimulatedSwitches switches) => Provider.SetAsync(switches);

    public void Advance(TimeSpan by) => _clock.Advance(by);

    /// <summary>All at once, in turn to each node; every one is answered.</summary>
    public async Task AskAsync(int times)
    {
        const string Body = """
            {"model":"gpt-5.4-mini","max_tokens":16,
             "messages":[{"role":"user","content":"Hi"}]}
            """;
        var statuses = await Task.WhenAll(
            Enumerable
                .Range(0, times)
                .Select(async i =>
                {
                    var node = _hosts[i % _hosts.Count];
                    using var answer = await node.PostAsync("/v1/chat/completions", Body);
                    await answer.Content.ReadAsByteArrayAsync(Ct);
                    return answer.StatusCode;
                })
        );
        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    public async Task<IReadOnlyList<Topup>> ReloadsAsync() =>
        [.. (await Get<Topups>().ListAsync(Project, Ct)).Where(topup => topup.IsAuto)];

    public Task UntilReloadIsAsync(string state) =>
        UntilAsync(async () => (await ReloadsAsync()).Any(reload => reload.State == state));

    /// <summary>No call of the attempt was answered; it rests for half a minute.</summary>
    public async Task UntilChargeRestsAsync()
    {
        await UntilReloadIsAsync(TopupStates.Unknown);
        await UntilAsync(async () =>
            await CountAsync("topup", "kind = 'auto' AND state = 'unknown' AND leased_until = 0")
            > 0
        );
    }

    /// <summary>Every node works off what it finds, once more.</summary>
    public Task LookAgainAsync() =>
        Task.WhenAll(_hosts.Select((_, node) => Get<PaymentWorker>(node).TickAsync(Ct)));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    /// <summary>Payments for reloads that the provider has, whatever became of them.</summary>
    public Task<int> PaymentsAtProviderAsync() =>
        Provider.RunAsync(books =>
            books.All("payment_intent").Count(payment => payment["metadata"]!["reload"] is not null)
        );

    public async Task<NanoUsd> BalanceAsync() =>
        (await Get<Credits>().ReadAsync(Project, Ct))!.Balance;

    public async Task<long> CountAsync(string table, string where)
    {
        await using var connection = await _hosts[0].Database.OpenAsync(Ct);
        return connection.QueryOne(
            $"SELECT COUNT(*) FROM {table} WHERE {where}",
            row => row.GetInt64(0)
        );
    }

    public async Task AssertBooksAsync() =>
        Assert.Empty(await LedgerVerification.RunAsync(_hosts[0].Database, Ct));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _delivering;
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        await (_side?.DisposeAsync() ?? ValueTask.CompletedTask);
        _stop.Dispose();
    }

    // As a provider does: over the socket, to whichever node its balancer chooses.
    private async Task DeliverAsync(ProviderSide side)
    {
        using var http = new HttpClient();
        var turn = 0;
        var delivery = new SimulatedDelivery(
            side.Database,
            side.Server,
            async (body, signature, ct) =>
            {
                var node = _hosts[turn++ % _hosts.Count];
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                content.Headers.Add(WebhookSignature.Header, signature);
                var address = new Uri(node.Address, WebhookEndpoint.Path);
                using var answer = await http.PostAsync(address, content, ct);
                return (int)answer.StatusCode;
            },
            _clock
        );
        while (!_stop.IsCancellationRequested)
        {
            await delivery.TickAsync(CancellationToken.None);
            await Task.Delay(200, CancellationToken.None);
        }
    }

    private static (string, string)[] SettingsOf(ProviderSide side) =>
        [
            ("ledger:currency", "USD"),
            ("Payments:Provider", "stripe"),
            ("Payments:StripeUrl", side.Address.ToString()),
            ("STRIPE_SECRET_KEY", side.Server.SecretKey),
            ("STRIPE_WEBHOOK_SECRET", side.Server.WebhookSecret),
        ];

    private static string NewPostgres()
    {
        if (PostgresCluster.ForThisRun is { } cluster)
        {
            return cluster.CreateDatabase();
        }

        Assert.Skip("PostgreSQL is not installed (no initdb in /usr/lib/postgresql/*/bin).");
        return "";
    }

    /// <summary>Runs like the real one, and jumps.</summary>
    private sealed class ShiftedClock : TimeProvider
    {
        private long _shift;

        public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);

        public override DateTimeOffset GetUtcNow() =>
            base.GetUtcNow().AddTicks(Volatile.Read(ref _shift));
    }
}
