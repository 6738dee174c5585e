using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Billing.Models;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Planning;
using Arda.Gateway.Routing;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing.Quotes;

/// <summary>
/// Where a request would go and what it would cost: the body is the request itself. Nothing is sent
/// anywhere, held or kept.
/// </summary>
internal sealed class QuoteEndpoints(
    GatewayCall call,
    RequestPlans plans,
    EdgeOptions edge,
    TimeProvider time
)
{
    private sealed record Planned(RequestScan Scan, RequestPlan Plan);

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/gateway/quote", QuoteAsync);
        app.MapPost("/v1/gateway/route", RouteAsync);
    }

    private async Task QuoteAsync(HttpContext http)
    {
        if (
            OutputTokens(http.Request.Query).Denied(out var denial, out var output)
            || (await PlanAsync(http)).Denied(out denial, out var planned)
        )
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        var quote = Quote.Of(planned.Scan, planned.Plan, output < 0 ? null : output);
        await GatewayCall.AnswerAsync(
            http,
            json =>
            {
                json.WriteStartObject();
                WriteRoute(json, planned);
                WriteCost(json, "expected", quote.Expected);
                WriteCost(json, "hold", quote.Hold);
                WriteCost(json, "upper_bound", quote.UpperBound);
                json.WriteEndObject();
            }
        );
    }

    private async Task RouteAsync(HttpContext http)
    {
        if ((await PlanAsync(http)).Denied(out var denial, out var planned))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        await GatewayCall.AnswerAsync(
            http,
            json =>
            {
                json.WriteStartObject();
                WriteRoute(json, planned);
                json.WriteEndObject();
            }
        );
    }

    private async ValueTask<Outcome<Planned>> PlanAsync(HttpContext http)
    {
        var admitted = await call.AdmitAsync(http, Scopes.ModelsRead);
        if (
            admitted.Denied(out var denial, out var caller)
            || ReaderOf(http.Request.Query).Denied(out denial, out var reader)
        )
        {
            return denial;
        }

        var received = await RequestBodies.ReadJsonAsync(
            http.Request,
            edge.RequestBytesMax,
            http.RequestAborted
        );
        if (received.Denied(out denial, out var body))
        {
            return denial;
        }

        using (body)
        {
            return
                reader.Read(body.Bytes).Denied(out denial, out var scan)
                || plans
                    .Plan(scan, reader.Dialect, caller, time.GetUtcNow())
                    .Denied(out denial, out var plan)
                ? denial
                : new Planned(scan, plan);
        }
    }

    private sealed record Reader(
        WireFormat Dialect,
        Func<ReadOnlyMemory<byte>, Outcome<RequestScan>> Read
    );

    private static Outcome<Reader> ReaderOf(IQueryCollection query)
    {
        Reader Conversing(WireFormat dialect) =>
            new(dialect, body => RequestReading.Conversation(dialect, body));
        return query["endpoint"].ToString() switch
        {
            "" or "chat/completions" => Conversing(WireFormat.OpenAiChat),
            "responses" => Conversing(WireFormat.OpenAiResponses),
            "messages" => Conversing(WireFormat.AnthropicMessages),
            "embeddings" => new Reader(WireFormat.OpenAiChat, RequestScan.ReadEmbeddings),
            _ => new Denial.InvalidRequest(
                "'endpoint' is chat/completions, responses, messages or embeddings.",
                "endpoint"
            ),
        };
    }

    // Below zero stands for "not said".
    private static Outcome<long> OutputTokens(IQueryCollection query) =>
        !query.TryGetValue("output_tokens", out var text) ? -1L
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens)
        && tokens <= CatalogEndpoint.TokensMax
            ? tokens
        : new Denial.InvalidRequest(
            $"'output_tokens' is a whole number from 0 to {CatalogEndpoint.TokensMax}.",
            "output_tokens"
        );

    private static void WriteRoute(Utf8JsonWriter json, Planned planned)
    {
        var route = planned.Plan.Route;
        json.WriteString("model", route.Candidates[0].Model.Id);
        json.WriteStartObject("route");
        json.WriteBoolean("is_auto", route.IsAuto);
        json.WriteString(
            "mode",
            route.IsAuto ? planned.Scan.Routing?.Mode ?? RoutingModes.Balanced : null
        );
        json.WriteString("class", route.Class);
        json.WriteString("reason", route.Reason);
        json.WriteStartArray("candidates");
        foreach (var candidate in route.Candidates)
        {
            json.WriteStartObject();
            json.WriteString("model", candidate.Model.Id);
            json.WriteString("provider", candidate.Offer.ProviderId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCost(Utf8JsonWriter json, string name, QuotedCost cost)
    {
        json.WriteStartObject(name);
        json.WriteNumber("prompt_tokens", cost.PromptTokens);
        json.WriteNumber("output_tokens", cost.OutputTokens);
        json.WriteCost(cost.Parts);
        json.WriteEndObject();
    }
}
