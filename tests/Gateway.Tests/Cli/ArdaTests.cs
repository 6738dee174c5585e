using System.Text.Json;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Cli;

public sealed class ArdaTests
{
    private const string Key = "gw_sk_test";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Task<ArdaProcess> ArdaAsync(EdgeHost host, params string[] args) =>
        ArdaProcess.RunAsync(
            [.. args, "--base-url", host.Address.ToString(), "--api-key", Key],
            new(StringComparer.Ordinal) { ["ARDA_ADMIN_TOKEN"] = "gw_op_test" }
        );

    private static Task<EdgeHost> ChatHostAsync(Func<HttpContext, Task> answer) =>
        EdgeHost.StartAsync(app => app.MapPost("/v1/chat/completions", answer));

    private static async Task StreamAsync(HttpContext context, params string[] events)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers[HeaderNames.SelectedModel] = "gpt-5-mini";
        context.Response.Headers[HeaderNames.RoutingClass] = "coding";
        context.Response.Headers[HeaderNames.BalanceCents] = "123";
        context.Response.Headers[HeaderNames.GenerationId] = "gen_7";
        foreach (var data in events)
        {
            await context.Response.WriteAsync($"data: {data}\n\n", Ct);
        }
    }

    private static string Delta(string text) =>
        JsonSerializer.Serialize(
            new { choices = new[] { new { delta = new { content = text } } } }
        );

    [Fact]
    public async Task Chat_streams_the_answer_and_tells_cost_and_balance_apart_from_it()
    {
        string? asked = null;
        await using var host = await ChatHostAsync(async context =>
        {
            Assert.Equal("Bearer " + Key, context.Request.Headers.Authorization);
            using var reader = new StreamReader(context.Request.Body);
            asked = await reader.ReadToEndAsync(Ct);
            await StreamAsync(
                context,
                Delta("Hel"),
                Delta("lo"),
                """{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"cost":0.0000123}}""",
                "[DONE]"
            );
        });
        var run = await ArdaAsync(host, "chat", "Say", "hello", "--system", "Be brief");

        Assert.Equal((0, "Hello\n"), (run.ExitCode, run.Output));
        Assert.Equal(
            "gpt-5-mini (coding) · 9 in, 2 out · cost $0.0000123 · balance at least $1.23 · gen_7\n",
            run.Error
        );
        Assert.Equal(
            """{"model":"arda/auto","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Say hello"}]}""",
            asked
        );
    }

    [Fact]
    public async Task A_prompt_can_come_from_standard_input_and_the_answer_go_out_as_json()
    {
        await using var host = await ChatHostAsync(context =>
            StreamAsync(context, Delta("A\"B"), "[DONE]")
        );
        var run = await ArdaProcess.RunAsync(
            ["chat", "--json", "-m", "gpt-5"],
            new(StringComparer.Ordinal)
            {
                ["ARDA_BASE_URL"] = host.Address.ToString(),
                ["ARDA_API_KEY"] = Key,
            },
            input: "What?\n"
        );
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("A\"B", json.RootElement.GetProperty("content").GetString());
        Assert.Equal(123, json.RootElement.GetProperty("balance_cents").GetInt32());
        Assert.Equal("gen_7", json.RootElement.GetProperty("generation_id").GetString());
    }

    [Fact]
    public async Task A_refusal_is_a_sentence_its_code_the_way_out_and_the_page()
    {
        await using var host = await ChatHostAsync(context =>
        {
            RequestFacts.Of(context).BalanceVisible = true;
            return Errors.WriteAsync(
                context,
                new Denial.InsufficientBalance(NanoUsd.FromCents(3), NanoUsd.FromCents(12)),
                Arda.Gateway.Wire.WireFormat.OpenAiChat
            );
        });
        var run = await ArdaAsync(host, "chat", "Hello");

        Assert.Equal((4, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(
            "error: The project balance is 3 cents; this request needs up to 12 cents.",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("insufficient_balance (HTTP 402)", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{host.Address}billing", run.Error, StringComparison.Ordinal);
        Assert.Contains("a top-up of $5.00 is enough", run.Error, StringComparison.Ordinal);
        Assert.Contains("/docs/errors/insufficient_balance", run.Error, StringComparison.Ordinal);
        Assert.Contains("req_", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_codes_tell_what_kind_of_refusal_it_was()
    {
        Denial? denial = null;
        await using var host = await ChatHostAsync(context =>
            Errors.WriteAsync(context, denial!, Arda.Gateway.Wire.WireFormat.OpenAiChat)
        );
        foreach (
            var (said, expected) in (IEnumerable<(Denial, int)>)
                [
                    (new Denial.KeyRevoked(), 3),
                    (new Denial.ConnectionPaused(), 4),
                    (new Denial.RateLimited(TimeSpan.FromSeconds(7), 60), 5),
                ]
        )
        {
            denial = said;
            var run = await ArdaAsync(host, "chat", "Hello", "--json");
            Assert.Equal(expected, run.ExitCode);
            using var json = JsonDocument.Parse(run.Error);
            Assert.Equal(
                expected,
                json.RootElement.GetProperty("error").GetProperty("exit_code").GetInt32()
            );
        }
    }

    [Fact]
    public async Task An_error_inside_the_stream_and_a_cut_stream_are_no_success()
    {
        await using var failing = await ChatHostAsync(context =>
            StreamAsync(
                context,
                Delta("Hal"),
                """{"error":{"message":"No provider answers.","code":"provider_unavailable","gateway":{"action":"wait"}}}"""
            )
        );
        var failed = await ArdaAsync(failing, "chat", "Hello");
        Assert.Equal(5, failed.ExitCode);
        Assert.Contains("error: No provider answers.", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP", failed.Error, StringComparison.Ordinal);

        await using var cutting = await ChatHostAsync(context =>
            StreamAsync(context, Delta("Hal"))
        );
        var cut = await ArdaAsync(cutting, "chat", "Hello");
        Assert.Equal((5, "Hal\n"), (cut.ExitCode, cut.Output));
        Assert.Contains("arda generation gen_7", cut.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_and_providers_are_tables_or_the_answer_itself()
    {
        const string Models = """{"data":[{"id":"arda/auto","owned_by":"arda"},{"id":"gpt-5"}]}""";
        await using var host = await EdgeHost.StartAsync(app =>
        {
            app.MapGet("/v1/models", () => Results.Text(Models, "application/json"));
            app.MapGet(
                "/admin/providers",
                (HttpContext context) =>
                    Results.Json(
                        new[]
                        {
                            new
                            {
                                provider = "openai",
                                state = "closed",
                                token = context.Request.Headers.Authorization.ToString(),
                            },
                        }
                    )
            );
        });
        var models = await ArdaAsync(host, "models");
        Assert.Equal("ID         OWNED_BY\narda/auto  arda\ngpt-5\n", models.Output);

        using var json = JsonDocument.Parse((await ArdaAsync(host, "models", "--json")).Output);
        Assert.Equal(2, json.RootElement.GetProperty("data").GetArrayLength());

        var providers = await ArdaAsync(host, "providers");
        Assert.Equal(
            "PROVIDER  STATE   TOKEN\nopenai    closed  Bearer gw_op_test\n",
            providers.Output
        );
    }

    [Theory]
    [InlineData(true, 0, "The ledger holds every promise.")]
    [InlineData(false, 1, "THE LEDGER IS BROKEN")]
    public async Task Ledger_verify_fails_when_a_promise_is_broken(bool isOk, int exit, string says)
    {
        await using var host = await EdgeHost.StartAsync(app =>
            app.MapPost(
                "/admin/ledger/verify",
                () =>
                    Results.Json(
                        new
                        {
                            ok = isOk,
                            checked_at = "2026-11-25T10:00:00Z",
                            invariants = new[]
                            {
                                new
                                {
                                    name = "wallets_never_negative",
                                    ok = isOk,
                                    detail = "3 wallets",
                                },
                            },
                            totals = new { charges = 12 },
                        }
                    )
            )
        );
        var run = await ArdaAsync(host, "ledger", "verify");
        Assert.Equal(exit, run.ExitCode);
        Assert.Contains(says, run.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"wallets_never_negative  {(isOk ? "yes" : "NO")}",
            run.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("charges  12", run.Output, StringComparison.Ordinal);
        Assert.Equal(exit, (await ArdaAsync(host, "ledger", "verify", "--json")).ExitCode);
    }

    [Fact]
    public async Task A_local_demo_stands_in_for_flags_but_its_secrets_go_nowhere_else()
    {
        string? sent = null;
        await using var host = await EdgeHost.StartAsync(app =>
            app.MapGet(
                "/v1/models",
                (HttpContext context) =>
                {
                    sent = context.Request.Headers.Authorization;
                    return Results.Json(new { data = Array.Empty<object>() });
                }
            )
        );
        var data = Directory.CreateTempSubdirectory("arda-cli-").FullName;
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(data, "demo.json"),
                JsonSerializer.Serialize(
                    new { base_url = host.Address.ToString().TrimEnd('/'), api_key = "gw_sk_demo" }
                ),
                Ct
            );
            var run = await ArdaProcess.RunAsync(["models", "--data", data]);
            Assert.Equal((0, "Bearer gw_sk_demo"), (run.ExitCode, sent));

            var elsewhere = await ArdaProcess.RunAsync([
                "models",
                "--data",
                data,
                "--base-url",
                "http://localhost:1",
            ]);
            Assert.Equal(2, elsewhere.ExitCode);
            Assert.Contains("This needs a key.", elsewhere.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Theory]
    [InlineData("models --base-url http://127.0.0.1:1 --api-key k", 5, "Nothing answers at")]
    [InlineData("models --base-url nonsense --api-key k", 2, "is no address of a gateway")]
    [InlineData("models --nonsense", 2, "arda models --help")]
    [InlineData("ledger verify --api-key k", 2, "--admin-token")]
    [InlineData("nonsense", 2, "arda --help")]
    public async Task A_mistake_is_told_with_the_way_out_and_no_stack_trace(
        string line,
        int exit,
        string says
    )
    {
        var run = await ArdaProcess.RunAsync([.. line.Split(' '), "--data", "/nowhere"]);
        Assert.Equal(exit, run.ExitCode);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Contains("way out", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_the_verbs_the_flags_and_the_exit_codes()
    {
        var run = await ArdaProcess.RunAsync(["--help"]);
        Assert.Equal(0, run.ExitCode);
        foreach (
            var word in (string[])
                [
                    "chat",
                    "models",
                    "generation",
                    "ledger",
                    "providers",
                    "payments",
                    "ARDA_API_KEY",
                    "Exit codes",
                ]
        )
        {
            Assert.Contains(word, run.Output, StringComparison.Ordinal);
        }
    }
}
