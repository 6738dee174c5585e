using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Billing.Models;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;

namespace Arda.Gateway.Billing.Usage;

/// <summary>Charged requests, page by page: an app's own, or all of the project for a key that its
/// user made.</summary>
internal sealed class UsageEndpoint(GatewayCall call, ChargedRequests requests, Credits credits)
{
    private const int LimitDefault = 50;
    private const int IdCharsMax = 64;

    // What the ids of requests can hold, and far enough away for everybody.
    private static readonly DateTimeOffset s_first = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset s_last = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private sealed record Wish(DateTimeOffset From, DateTimeOffset To, int Limit, string Before);

    public void Map(IEndpointRouteBuilder app) => app.MapGet("/v1/gateway/usage", AnswerAsync);

    private async Task AnswerAsync(HttpContext http)
    {
        var ct = http.RequestAborted;
        var admitted = await call.AdmitAsync(http, Scopes.UsageRead);
        if (
            admitted.Denied(out var denial, out var caller)
            || WishOf(http.Request.Query).Denied(out denial, out var wish)
        )
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        var filter = new ChargedFilter
        {
            Project = caller.Project,
            Connection = caller.Connection,
            From = wish.From,
            To = wish.To,
        };
        GenerationId? before = wish.Before.Length > 0 ? new(wish.Before) : null;
        var page = await requests.ReadAsync(filter, before, wish.Limit, ct);
        var balance = caller.MayReadBalance
            ? (await credits.ReadAsync(caller.Project, ct))?.Balance ?? NanoUsd.Zero
            : (NanoUsd?)null;
        await GatewayCall.AnswerAsync(http, json => Write(json, page, balance));
    }

    private static Outcome<Wish> WishOf(IQueryCollection query)
    {
        var limit = LimitDefault;
        if (
            query.TryGetValue("limit", out var text)
            && !(
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                && limit is > 0 and <= ChargedRequests.PageMax
            )
        )
        {
            return new Denial.InvalidRequest(
                $"'limit' is a whole number from 1 to {ChargedRequests.PageMax}.",
                "limit"
            );
        }

        var before = query["before"].ToString();
        if (
            before.Length > IdCharsMax
            || before.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_')
        )
        {
            return new Denial.InvalidRequest(
                "'before' is the 'next_before' of the page before.",
                "before"
            );
        }

        return
            Moment(query, "from", s_first).Denied(out var denial, out var from)
            || Moment(query, "to", s_last).Denied(out denial, out var to)
            ? denial
            : new Wish(from, to, limit, before);
    }

    private static Outcome<DateTimeOffset> Moment(
        IQueryCollection query,
        string name,
        DateTimeOffset otherwise
    )
    {
        // Without a zone it is UTC, as everything here.
        const DateTimeStyles Utc =
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        string[] forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        return !query.TryGetValue(name, out var text) ? otherwise
            : DateTimeOffset.TryParseExact(
                text,
                forms,
                CultureInfo.InvariantCulture,
                Utc,
                out var at
            )
            && at >= s_first
                ? at
            : new Denial.InvalidRequest(
                $"'{name}' is a day (2026-11-25) or a time (2026-11-25T12:00:00Z).",
                name
            );
    }

    private static void Write(Utf8JsonWriter json, ChargedPage page, NanoUsd? balance)
    {
        json.WriteStartObject();
        json.WriteStartArray("data");
        foreach (var one in page.Requests)
        {
            json.WriteStartObject();
            json.WriteString("generation_id", one.Id.Value);
            json.WriteTime("charged_at", one.ChargedAt);
            json.WriteString("model", one.Model);
            json.WriteString("provider", one.Provider);
            json.WriteString("key_id", one.Key.Value);
            json.WriteString("client_id", one.App?.Value);
            json.WriteString("outcome", one.Outcome);
            json.WritePropertyName("usage");
            json.WriteRawValue(one.UsageJson);
            json.WriteCost(one.Charged);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("has_more", page.HasMore);
        json.WriteString("next_before", page.HasMore ? page.Requests[^1].Id.Value : null);
        json.WriteStartObject("total");
        json.WriteNumber("requests", page.TotalRequests);
        json.WriteNumber("cost", page.TotalCharged.Usd);
        json.WriteEndObject();
        json.WriteOptional("balance_cents", balance?.CentsFloor);
        json.WriteEndObject();
    }
}
