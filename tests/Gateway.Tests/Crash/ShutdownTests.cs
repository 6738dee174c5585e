using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Fuzz;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Crash;

/// <summary>The ways out and in again of one process: SIGTERM under load, a second process on the
/// same data, a WAL whose end is torn.</summary>
public sealed class ShutdownTests
{
    private const int TearsDefault = 12;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // Case 6.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SIGTERM_under_load_loses_nothing_and_the_next_start_goes_on(StoreKind store)
    {
        await using var place = CrashPlace.New(store);
        var history = new ClientHistory();
        for (var round = 0; round < 2; round++)
        {
            await using var gateway = await place.StartAsync();
            Assert.Null(await gateway.VerifyAsync());
            using var load = new ClientLoad(gateway, history, (ulong)round);
            var running = load.RunAsync();
            await load.FirstAnswer.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
            await Task.Delay(200, Ct);
            var exitCode = await gateway.TerminateAsync();
            await running;
            Assert.True(exitCode == 0, $"It ended with {exitCode}:\n{gateway.Said}");
            Assert.DoesNotContain("ERROR", gateway.Said, StringComparison.Ordinal);

            var charges = place.Books.Charges();
            history.AssertKept(charges);
            // Whatever ran was finished: no charge without its answer, no hold without its end.
            Assert.Equal(
                history.Seen.Select(one => one.Generation).Distinct().Count(),
                charges.Count
            );
            var wallet = place.Books.Wallet();
            Assert.Equal(NanoUsd.Zero, wallet.Leased);
            Assert.Equal(
                new NanoUsd(charges.Sum(charge => charge.Charged.Value)),
                wallet.In - wallet.Balance
            );
            Assert.Equal(0, place.Books.Count("hold_journal"));
        }
    }

    // Where the time to drain is shorter than an answer. With an Idempotency-Key the gateway would
    // read on for a client that left, and its process ends before that does.
    [Theory]
    [InlineData(null)]
    [InlineData("once")]
    public async Task What_outlasts_the_drain_ends_as_cut_short_and_is_charged(string? key)
    {
        await using var place = CrashPlace.New(StoreKind.Sqlite);
        await using var gateway = await place.StartAsync("--Http:DrainMaxSeconds=4");
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(
                """{"model":"simulated/chat","stream":true,"messages":[{"role":"user","content":"Go [simulate: tokens=4000, token-ms=20]"}]}""",
                System.Text.Encoding.UTF8,
                "application/json"
            ),
            Headers = { { "Authorization", "Bearer " + gateway.ApiKey } },
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var answer = await client.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            Ct
        );
        var reading = answer.Content.ReadAsStringAsync(Ct);
        var exitCode = await gateway.TerminateAsync();

        var text = await reading;
        Assert.Equal(0, exitCode);
        Assert.Contains("\"finish_reason\":\"length\"", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var charge = Assert.Single(place.Books.Charges());
        Assert.Equal("cut", charge.Outcome);
        Assert.True(charge.Charged > NanoUsd.Zero);
        Assert.Equal(NanoUsd.Zero, place.Books.Wallet().Leased);
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_is_refused_and_told_who_has_it()
    {
        await using var place = CrashPlace.New(StoreKind.Sqlite);
        await using var first = await place.StartAsync();

        var (exitCode, said) = await GatewayProcess.RunToEndAsync(place.Data);

        Assert.Equal(2, exitCode);
        Assert.Contains(
            $"The data directory {place.Data} is in use by process {first.ProcessId}.",
            said,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Assert.Null(await first.VerifyAsync());
    }

    // Case 7: a file system may keep any part of what was not yet synced; what opens is a prefix.
    [Fact]
    public async Task A_torn_WAL_opens_as_a_prefix_of_what_was_booked()
    {
        await using var place = CrashPlace.New(StoreKind.Sqlite);
        var history = new ClientHistory();
        await using (var gateway = await place.StartAsync())
        {
            using var load = new ClientLoad(gateway, history, 7);
            var running = load.RunAsync();
            await load.FirstAnswer.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
            await Task.Delay(400, Ct);
            await gateway.KillAsync();
            await running;
        }

        var wal = new FileInfo(Path.Combine(place.Data, "gateway.db-wal")).Length;
        Assert.True(wal > 100_000, $"The WAL has {wal} bytes: there is nothing to tear.");
        var whole = await ReopenedAsync(place.Data, wal);
        history.AssertKept(whole);
        var random = new SeededRandom(7);
        List<long> cuts = [.. Enumerable.Range(0, TearsDefault).Select(_ => Cut(ref random, wal))];
        var before = 0;
        foreach (var cut in cuts.Order())
        {
            var left = await ReopenedAsync(place.Data, cut);
            Assert.Equal(whole.Where(left.Contains).Count(), left.Count);
            Assert.True(left.Count >= before, $"{left.Count} after {cut} bytes, {before} before.");
            before = left.Count;
        }
    }

    private static long Cut(ref SeededRandom random, long below) =>
        (long)(random.Next() % (ulong)below);

    // A copy, as a machine that lost its power would find it; every promise is checked.
    private static async Task<List<StoredCharge>> ReopenedAsync(string data, long walBytes)
    {
        var copy = Directory.CreateTempSubdirectory("arda-torn-").FullName;
        try
        {
            File.Copy(Path.Combine(data, "gateway.db"), Path.Combine(copy, "gateway.db"));
            var wal = await File.ReadAllBytesAsync(Path.Combine(data, "gateway.db-wal"));
            await File.WriteAllBytesAsync(
                Path.Combine(copy, "gateway.db-wal"),
                wal.AsMemory(0, (int)walBytes)
            );
            await using (
                var database = Database.Open(
                    new StorageOptions { DataDirectory = copy },
                    TimeProvider.System
                )
            )
            {
                await database.MigrateAsync(
                    [.. ChangeLog.Migrations, .. LedgerSchema.Migrations],
                    TestContext.Current.CancellationToken
                );
                Assert.Empty(
                    await LedgerVerification.RunAsync(
                        database,
                        TestContext.Current.CancellationToken
                    )
                );
            }

            return new StoredBooks(copy, null).Charges();
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
