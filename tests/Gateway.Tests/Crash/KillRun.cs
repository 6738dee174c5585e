using System.Diagnostics;
using System.Globalization;
using System.Net;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Fuzz;

namespace Arda.Gateway.Tests.Crash;

/// <summary>
/// kill -9 under load, again and again, on the same data (ledger.md §6, cases 1 to 5 and 38). Real
/// processes and sockets; the clients' own history is the judge.
/// </summary>
/// <remarks><c>ARDA_CRASH_KILLS</c> sets how often, <c>ARDA_CRASH_SEED</c> when; what a kill meets
/// is up to the machine all the same.</remarks>
internal static class KillRun
{
    private const int KillsDefault = 25;
    private const long BalanceCents = 1_000_000;

    private static readonly int s_kills = int.Parse(
        Environment.GetEnvironmentVariable("ARDA_CRASH_KILLS")
            ?? KillsDefault.ToString(CultureInfo.InvariantCulture),
        CultureInfo.InvariantCulture
    );

    private static readonly ulong s_seed = ulong.Parse(
        Environment.GetEnvironmentVariable("ARDA_CRASH_SEED") ?? "20261125",
        CultureInfo.InvariantCulture
    );

    public static async Task RunAsync(StoreKind store)
    {
        await using var place = CrashPlace.New(store);
        var history = new ClientHistory();
        var random = new SeededRandom(s_seed);
        var watch = Stopwatch.StartNew();
        for (var kill = 0; kill < s_kills; kill++)
        {
            await using var gateway = await place.StartAsync();
            await AssertRestedAsync(gateway, place, history);
            using var load = new ClientLoad(gateway, history, random.Next());
            var running = load.RunAsync();
            await load.FirstAnswer.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await Task.Delay(random.Next(20, 500));
            await gateway.KillAsync();
            await running;
        }

        await using (var last = await place.StartAsync())
        {
            await AssertRestedAsync(last, place, history);
            await FinishAsync(last, place, history);
            Assert.Equal(0, await last.TerminateAsync());
        }

        AssertArithmetic(place.Books, history);
        var seen = history.Seen.Count;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{store}: {s_kills} kills, {history.Asked} asked, {seen} seen whole "
                + $"({history.Seen.Count(one => one.IsReplay)} replays), "
                + $"{place.Books.Charges().Count} charges, {watch.Elapsed.TotalSeconds:0} s"
        );
        Assert.True(seen > s_kills * 10, $"Only {seen} answers: the load was no load.");
    }

    // Before the first request of a new life.
    private static async Task AssertRestedAsync(
        GatewayProcess gateway,
        CrashPlace place,
        ClientHistory history
    )
    {
        Assert.Null(await gateway.VerifyAsync());
        Assert.Equal(NanoUsd.Zero, place.Books.Wallet().Leased);
        history.AssertKept(place.Books.Charges());
    }

    // A key whose request died uncharged runs again; one that was charged says so, for good.
    private static async Task FinishAsync(
        GatewayProcess gateway,
        CrashPlace place,
        ClientHistory history
    )
    {
        var unfinished = history.Unfinished.ToArray();
        using var load = new ClientLoad(gateway, history, 0);
        foreach (var wish in unfinished)
        {
            var status = await load.RetryAsync(wish);
            if (status == HttpStatusCode.Conflict)
            {
                Assert.Single(
                    place.Books.Charges(),
                    charge => charge.InputTokens == wish.InputTokens
                );
            }
            else
            {
                Assert.Equal(HttpStatusCode.OK, status);
            }
        }

        Assert.Null(await gateway.VerifyAsync());
    }

    private static void AssertArithmetic(StoredBooks books, ClientHistory history)
    {
        var charges = books.Charges();
        history.AssertKept(charges);
        var wallet = books.Wallet();
        Assert.Equal(NanoUsd.Zero, wallet.Leased);
        Assert.Equal(NanoUsd.Zero, wallet.Unfolded);
        Assert.Equal(NanoUsd.FromCents(BalanceCents), wallet.In);
        var charged = new NanoUsd(charges.Sum(charge => charge.Charged.Value));
        Assert.Equal(NanoUsd.FromCents(BalanceCents) - charged, wallet.Balance);
        Assert.Equal(0, books.Count("hold_journal WHERE crashed_at IS NULL"));
        Assert.Equal(0, books.Count("charge_quarantine"));
    }
}
