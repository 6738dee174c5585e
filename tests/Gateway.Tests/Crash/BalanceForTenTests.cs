using System.Net;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Storage;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Crash;

/// <summary>200 requests at once on a balance for 10 (ledger.md §6, case 26), over HTTP.</summary>
public sealed class BalanceForTenTests
{
    private const int Requests = 200;
    private const int Affordable = 10;

    // A thousand tokens of the house's model cost ten cents; a little more is for prompts.
    private const long BalanceCents = 105;
    private const int TokensAtOnce = 75;

    private static readonly string s_limited = Body(""","max_tokens":1000""");
    private static readonly string s_rolling = Body(""","stream":true""");

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task With_a_limit_exactly_10_run_and_the_others_hear_that_it_is_on_hold(
        StoreKind store
    )
    {
        await using var house = await House.StartAsync(store, nodes: 1);
        await house.RunAsync(s_limited, whole: true);
        Assert.Equal(Affordable, house.Upstream.Calls);
        await house.AssertBooksAsync();
    }

    [Fact]
    public async Task On_two_nodes_exactly_10_run_all_the_same()
    {
        await using var house = await House.StartAsync(StoreKind.Postgres, nodes: 2);
        await house.RunAsync(s_limited, whole: true);
        Assert.Equal(Affordable, house.Upstream.Calls);
        await house.AssertBooksAsync();
    }

    // What 10 leave over is too little for a whole step, but enough for a short eleventh.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Streams_without_a_limit_end_where_the_money_ends(StoreKind store)
    {
        await using var house = await House.StartAsync(store, nodes: 1);
        await house.RunAsync(s_rolling, whole: false);
        Assert.InRange(house.Upstream.Calls, Affordable, Affordable + 1);
        await house.AssertBooksAsync();
    }

    [Fact]
    public async Task On_two_nodes_streams_without_a_limit_end_where_the_money_ends()
    {
        await using var house = await House.StartAsync(StoreKind.Postgres, nodes: 2);
        await house.RunAsync(s_rolling, whole: false);
        Assert.InRange(house.Upstream.Calls, 1, Affordable + 2);
        await house.AssertBooksAsync();
    }

    private static string Body(string more) =>
        $$"""
            {"model":"house/chat","messages":[{"role":"user","content":"Hello"}]{{more}}}
            """;

    /// <summary>The gateway's nodes and a provider that answers when it is let.</summary>
    private sealed class House(ScriptedUpstream upstream, List<GatewayHost> nodes, string? postgres)
        : IAsyncDisposable
    {
        private readonly TaskCompletionSource _mayAnswer = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );

        public ScriptedUpstream Upstream => upstream;

        public static async Task<House> StartAsync(StoreKind store, int nodes)
        {
            var upstream = await ScriptedUpstream.StartAsync();
            string? postgres = null;
            if (store is StoreKind.Postgres)
            {
                Assert.SkipWhen(PostgresCluster.ForThisRun is null, "PostgreSQL is not installed.");
                postgres = PostgresCluster.ForThisRun!.CreateDatabase();
            }

            var started = new List<GatewayHost>();
            for (var node = 0; node < nodes; node++)
            {
                started.Add(
                    await GatewayHost.StartAsync(
                        new GatewayHostOptions
                        {
                            Catalog = upstream.Catalog,
                            Store = store,
                            PostgresConnectionString = postgres,
                            Settings =
                            [
                                ("Demo:BalanceCents", $"{BalanceCents}"),
                                ("Keys:RequestsPerMinute", "100000"),
                                ("Inference:RollingHoldTokens", "1000"),
                                ("node", $"n{node}"),
                            ],
                        }
                    )
                );
            }

            return new House(upstream, started, postgres);
        }

        public async Task RunAsync(string body, bool whole)
        {
            upstream.Answer = whole ? AnswerWholeAsync : StreamUntilCutAsync;
            var asked = Enumerable
                .Range(0, Requests)
                .Select(i => Task.Run(() => AskAsync(nodes[i % nodes.Count], body)))
                .ToList();
            // Whoever is not at the provider has been refused: only then the first may end.
            await Eventually.HoldsAsync(
                () => asked.Count(one => one.IsCompleted) + upstream.Calls >= Requests,
                () => $"{upstream.Calls} run, {asked.Count(one => one.IsCompleted)} refused."
            );
            _mayAnswer.SetResult();
            var answers = await Task.WhenAll(asked);
            var run = answers.Count(one => one.Status == HttpStatusCode.OK);
            Assert.Equal(upstream.Calls, run);
            foreach (var (status, text) in answers)
            {
                AssertAnswer(status, text, whole);
            }
        }

        public async Task AssertBooksAsync()
        {
            foreach (var node in nodes)
            {
                await node.StopAsync();
            }

            var data = nodes[0].DataDirectory;
            var books = new StoredBooks(data, postgres);
            var wallet = books.Wallet();
            var charged = new NanoUsd(books.Charges().Sum(charge => charge.Charged.Value));
            Assert.Equal(NanoUsd.Zero, wallet.Leased);
            Assert.Equal(NanoUsd.FromCents(BalanceCents) - charged, wallet.Balance);
            Assert.True(wallet.Balance >= NanoUsd.Zero, $"{wallet.Balance}");
            Assert.True(charged > NanoUsd.FromCents(BalanceCents / 2), $"{charged}");
            Assert.Equal(upstream.Calls, books.Charges().Select(one => one.Id).Distinct().Count());
        }

        public async ValueTask DisposeAsync()
        {
            _mayAnswer.TrySetResult();
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }

            await upstream.DisposeAsync();
        }

        private static void AssertAnswer(HttpStatusCode status, string text, bool whole)
        {
            if (status == HttpStatusCode.OK)
            {
                Assert.True(whole || text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));
                return;
            }

            using var json = JsonDocument.Parse(text);
            var gateway = json.RootElement.GetProperty("error").GetProperty("gateway");
            Assert.Equal(HttpStatusCode.TooManyRequests, status);
            Assert.Equal("balance_on_hold", gateway.GetProperty("code").GetString());
            Assert.Equal("wait", gateway.GetProperty("action").GetString());
            Assert.True(gateway.GetProperty("retry_after_seconds").GetInt32() > 0);
        }

        private static async Task<(HttpStatusCode Status, string Text)> AskAsync(
            GatewayHost node,
            string body
        )
        {
            using var answer = await node.PostAsync("/v1/chat/completions", body);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        private async Task AnswerWholeAsync(HttpContext http, string body)
        {
            await _mayAnswer.Task;
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(
                """
                {"id":"c1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,
                 "message":{"role":"assistant","content":"Hi"},"finish_reason":"length"}],
                 "usage":{"prompt_tokens":9,"completion_tokens":1000,"total_tokens":1009}}
                """
            );
        }

        private async Task StreamUntilCutAsync(HttpContext http, string body)
        {
            await ScriptedUpstream.SendAsync(http, ScriptedUpstream.ChatText("Once"));
            await _mayAnswer.Task;
            var paragraph = ScriptedUpstream.ChatText(new string('x', 4 * TokensAtOnce));
            for (var left = LimitIn(body); left > TokensAtOnce; left -= TokensAtOnce)
            {
                await ScriptedUpstream.SendAsync(http, paragraph);
                await Task.Delay(1);
            }

            await ScriptedUpstream.SendAsync(
                http,
                ScriptedUpstream.ChatText("", "length") + "data: [DONE]\n\n"
            );
        }

        private static long LimitIn(string body)
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("max_tokens").GetInt64();
        }
    }
}
