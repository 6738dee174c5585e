using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Inference.Independent;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>
/// Every recorded error of a provider, asked from every dialect: the caller's own form, what only
/// the caller can put right in the provider's words, the rest in ours; and nobody pays.
/// </summary>
public sealed class ProviderErrorTests(ShelfGateway gateway) : IClassFixture<ShelfGateway>
{
    // About the operator's key, account or load, by what the file is; the caller hears none of it.
    private static readonly HashSet<string> s_operatorsOwn =
    [
        "openai/chat-error-401",
        "openai/responses-error-401",
        "openai/responses-error-429-quota",
        "openai/chat-error-429-tpm",
        "anthropic/error-401",
        "anthropic/error-429-no-retry-after",
        "anthropic/error-429-rate-limit",
        "anthropic/error-529-overloaded",
        "gemini/error-400-api-key",
        "gemini/error-429-retry-info",
        "xai/error-400-api-key",
        "azure/error-429-retry-after",
        "openrouter/error-429",
    ];

    private static readonly HashSet<string> s_modelUnknown =
    [
        "openai/chat-error-404-model",
        "anthropic/error-404-model",
        "gemini/error-404-model",
    ];

    public static TheoryData<string, string> Refused => Pairs(r => r.Status != 200);

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_refusal_is_told_in_the_callers_dialect_and_charges_nothing(
        string id,
        string client
    )
    {
        var recording = Recording.Of(id);
        gateway.Upstream.Play(recording);
        var before = await gateway.BalanceAsync();

        using var answer = await AskAsync(recording, client, stream: recording.Stream);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var error = ErrorIn(text, client);

        var (status, code, type) = Expected(id, client);
        Assert.Equal((status, text), ((int)answer.StatusCode, text));
        Assert.Equal(type, (string?)error["type"]);
        Assert.Equal(status == 503 ? "true" : "false", Header(answer, "x-should-retry"));
        if (status == 400)
        {
            Assert.Contains(
                MessageOf(recording),
                (string)error["message"]!,
                StringComparison.Ordinal
            );
        }
        else
        {
            LeaksNothing(recording, text);
            if (client != "anthropic.messages")
            {
                Assert.Equal(code, (string?)error["code"]);
            }
        }

        if (status == 503)
        {
            var wait = int.Parse(Header(answer, "Retry-After")!, CultureInfo.InvariantCulture);
            Assert.InRange(wait, 1, 60);
        }

        await IsFreeAsync(before, answer);
    }

    public static TheoryData<string, string> Broken =>
        Pairs(r => r.Features.Contains("mid_stream_error"));

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task An_error_in_a_stream_ends_it_in_the_callers_dialect_and_is_free(
        string id,
        string client
    )
    {
        var recording = Recording.Of(id);
        gateway.Upstream.Play(recording);
        var before = await gateway.BalanceAsync();

        using var answer = await AskAsync(recording, client, stream: true);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        LeaksNothing(recording, text);
        EndsInError(client, EventText.All(text));
        await IsFreeAsync(before, answer);
    }

    private static void EndsInError(string client, IReadOnlyList<EventText> events)
    {
        var last = events[^1];
        Assert.DoesNotContain(events, e => e.IsTerminator);
        switch (client)
        {
            case "openai.chat":
                Assert.Null(last.Name);
                HasGatewayMember(last.Json["error"]);
                break;
            case "anthropic.messages":
                Assert.Equal("error", last.Name);
                Assert.Equal("error", (string?)last.Json["type"]);
                HasGatewayMember(last.Json["error"]);
                Assert.DoesNotContain(events, e => e.Name is "message_stop" or "message_delta");
                break;
            default:
                Assert.True(last.Name is "response.failed" or "error", last.Name);
                HasGatewayMember(
                    last.Json["response"]?["error"] ?? last.Json["error"] ?? last.Json
                );
                Assert.DoesNotContain(events, e => e.Name is "response.completed");
                break;
        }
    }

    private static void HasGatewayMember(JsonNode? error)
    {
        Assert.False(string.IsNullOrEmpty((string?)error?["message"]));
        Assert.Equal("provider_unavailable", (string?)error!["gateway"]?["code"]);
        Assert.Equal("wait", (string?)error["gateway"]?["action"]);
    }

    private Task<HttpResponseMessage> AskAsync(Recording recording, string client, bool stream)
    {
        var model = RecordedGateway.ModelOf(recording);
        return recording.Api == "openai.embeddings"
            ? gateway.PostAsync(
                "/v1/embeddings",
                new JsonObject { ["model"] = model, ["input"] = "Hi." }
            )
            : gateway.PostAsync(
                ClientDialect.PathOf(client),
                ClientDialect.Question(client, model, stream)
            );
    }

    // The wire guide's table of errors, with the contract's code for a provider that is down.
    private static (int Status, string Code, string Type) Expected(string id, string client)
    {
        var isMessages = client == "anthropic.messages";
        return s_operatorsOwn.Contains(id)
                ? (503, "provider_unavailable", isMessages ? "api_error" : "server_error")
            : s_modelUnknown.Contains(id)
                ? (404, "model_not_found", isMessages ? "not_found_error" : "invalid_request_error")
            : (400, "", "invalid_request_error");
    }

    private static JsonNode ErrorIn(string text, string client)
    {
        var body = JsonNode.Parse(text)!;
        if (client == "anthropic.messages")
        {
            Assert.Equal("error", (string?)body["type"]);
            Assert.StartsWith("req_", (string?)body["request_id"], StringComparison.Ordinal);
        }

        var error = body["error"]!;
        Assert.IsType<string>((string?)error["message"]);
        return error;
    }

    private async Task IsFreeAsync(BigInteger before, HttpResponseMessage answer)
    {
        Assert.Equal(before, await gateway.BalanceAsync());
        var id = Charge.IdOf(answer);
        using var receipt = await gateway.Client.GetAsync(
            $"/v1/gateway/generations/{id}",
            TestContext.Current.CancellationToken
        );
        if (receipt.StatusCode == HttpStatusCode.NotFound)
        {
            return;
        }

        // What the provider may still bill is on the operator, and written down.
        var told = await Charge.ReceiptAsync(gateway.Client, id);
        Assert.Equal("provider_error", (string?)told["outcome"]);
        Assert.Equal(BigInteger.Zero, Charge.Amount(told, "total_nano_usd"));
    }

    private static void LeaksNothing(Recording recording, string text)
    {
        // Our own names of the models here are those of the files.
        text = text.Replace(RecordedGateway.ModelOf(recording), "", StringComparison.Ordinal);
        Assert.DoesNotContain("SCRUBBED", text, StringComparison.OrdinalIgnoreCase);
        foreach (
            var word in (string[])
                ["api key", "x-api-key", "quota", "billing details", "upgrade your"]
        )
        {
            Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase);
        }

        var said = recording.Events.Count > 0 ? "" : MessageOf(recording);
        Assert.True(said.Length == 0 || !text.Contains(said, StringComparison.Ordinal), text);
    }

    private static string MessageOf(Recording recording)
    {
        var body = JsonNode.Parse(recording.Body)!;
        body = body is JsonArray list ? list[0]! : body;
        return body["error"] switch
        {
            JsonValue plain => (string)plain!,
            JsonObject error => (string?)error["message"] ?? "",
            _ => (string?)body["message"] ?? "",
        };
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;

    private static TheoryData<string, string> Pairs(Func<Recording, bool> which)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var recording in Recording.All.Where(which))
        {
            var clients =
                recording.Api == "openai.embeddings" ? ["openai.chat"] : ClientDialect.All;
            foreach (var client in clients)
            {
                pairs.Add(recording.Id, client);
            }
        }

        if (Recording.All.Count == 0)
        {
            pairs.Add("(none)", "openai.chat");
        }

        return pairs;
    }
}
