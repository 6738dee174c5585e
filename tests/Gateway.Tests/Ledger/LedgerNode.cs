using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arda.Gateway.Tests.Ledger;

/// <summary>One gateway node's ledger over a test's store.</summary>
internal sealed class LedgerNode : IAsyncDisposable
{
    private readonly Database _database;
    private readonly bool _ownsDatabase;
    private readonly ChangeFeed _feed;

    private LedgerNode(
        Database database,
        bool ownsDatabase,
        string name,
        TimeProvider time,
        LeasePolicy? policy,
        Func<LedgerOptions, LedgerOptions>? set,
        Func<Database, Database>? wrap
    )
    {
        (_database, _ownsDatabase) = (database, ownsDatabase);
        _feed = new ChangeFeed(database, name, TimeProvider.System);
        var options = new LedgerOptions { Node = name, Currency = "XTS" };
        options = set?.Invoke(options) ?? options;
        Ledger = new SpendLedger(
            wrap?.Invoke(database) ?? database,
            options,
            time,
            Alarms,
            _feed,
            policy
        );
        Credits = new Credits(database, options, Ledger, _feed);
    }

    public LedgerAlarms Alarms { get; } = new(NullLogger<LedgerAlarms>.Instance);

    public SpendLedger Ledger { get; }

    public Credits Credits { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<LedgerNode> StartAsync(
        TestStore store,
        string name = "n1",
        TimeProvider? time = null,
        LeasePolicy? policy = null,
        Func<LedgerOptions, LedgerOptions>? set = null,
        Func<Database, Database>? wrap = null
    )
    {
        // A second node of PostgreSQL has connections of its own; SQLite has one owner.
        var own = store.Options.PostgresConnectionString is not null && name != "n1";
        var database = own ? Database.Open(store.Options, TimeProvider.System) : store.Database;
        var node = new LedgerNode(
            database,
            own,
            name,
            time ?? TimeProvider.System,
            policy,
            set,
            wrap
        );
        await node._feed.StartAsync(Ct);
        await node.Ledger.OpenAsync(Ct);
        return node;
    }

    /// <summary>As kill -9 would: nothing that is not durable survives.</summary>
    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync();
        await Ledger.DisposeAsync();
        if (_ownsDatabase)
        {
            await _database.DisposeAsync();
        }
    }

    public async Task<Hold> HoldAsync(Payer payer, long baseMax, long? minimum = null)
    {
        var outcome = await Ledger.HoldAsync(Money.Request(payer, baseMax, minimum), Ct);
        Assert.False(outcome.Denied(out var denial, out var hold), $"denied: {denial}");
        return hold!;
    }

    public async Task<Denial> DenialAsync(Payer payer, long baseMax)
    {
        var outcome = await Ledger.HoldAsync(Money.Request(payer, baseMax), Ct);
        Assert.True(outcome.Denied(out var denial, out _), "it was not denied");
        return denial!;
    }

    public async Task<SettledCharge> ChargeAsync(Payer payer, long baseMax, long used) =>
        await Money.SettleAsync(await HoldAsync(payer, baseMax), used);
}

/// <summary>Payers, requests and facts of these tests.</summary>
internal static class Money
{
    public const long Cent = NanoUsd.PerCent;
    public const long Usd = NanoUsd.PerUsd;

    public static Payer Payer(int gatewayBps = 0, int resellerBps = 0) =>
        new()
        {
            Project = ProjectId.New(),
            Key = KeyId.New(),
            GatewayMarkupBps = gatewayBps,
            ResellerMarkupBps = resellerBps,
            Reseller = resellerBps > 0 ? new ResellerId("rsl_1") : null,
        };

    public static HoldRequest Request(Payer payer, long baseMax, long? minimum = null) =>
        new()
        {
            Id = GenerationId.New(),
            Payer = payer,
            BaseMax = new(baseMax),
            MinimumBaseMax = minimum is { } least ? new NanoUsd(least) : null,
            Provider = "simulated",
            Model = "sim/model",
        };

    public static ChargeFacts Facts(
        long basePrice,
        ChargeOutcome outcome = ChargeOutcome.Completed
    ) =>
        new()
        {
            Base = new(basePrice),
            Cogs = new(Math.Max(basePrice, 0)),
            PriceVersion = "price_1",
            PriceJson = """{"input":"1"}""",
            Outcome = outcome,
            Source = UsageSource.Provider,
            Usage = new TokenUsage { Input = 10, Output = 20 },
            Model = "sim/model",
            Provider = "simulated",
            RouteJson = """{"requested":"sim/model"}""",
            UpstreamRequestId = "up_1",
        };

    public static async Task<SettledCharge> SettleAsync(
        Hold hold,
        long basePrice,
        ChargeOutcome outcome = ChargeOutcome.Completed
    )
    {
        var outcomeOfSettle = await hold.SettleAsync(Facts(basePrice, outcome));
        Assert.False(outcomeOfSettle.Denied(out var denial, out var charge), $"denied: {denial}");
        return charge!;
    }

    /// <summary>After every money test the books balance, and the wallet has what it should.</summary>
    public static async Task AssertBooksAsync(TestStore store, Payer payer, long balance)
    {
        var ct = TestContext.Current.CancellationToken;
        var findings = await LedgerVerification.RunAsync(store.Database, ct);
        Assert.Empty(findings);
        await using var connection = await store.Database.OpenAsync(ct);
        var reading = WalletReading.Of(connection, payer.Project.Value);
        Assert.Equal(new NanoUsd(balance), reading?.Balance);
    }

    public static Task<TestStore> OpenAsync(StoreKind kind) =>
        Stores.OpenAsync(kind, LedgerSchema.Migrations);
}
