using Arda.Gateway.Http;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>Turns what was metered into a charge, and waits until it is durable.</summary>
internal static class Settlements
{
    private static readonly TimeSpan StoreRetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Settles the exchange's hold. The answer is the cost that the client is shown; a store that
    /// does not take the charge in time is LedgerUnavailable, and then the end of the answer must
    /// not be sent. Follows no cancellation: the tokens were spent.
    /// </summary>
    public static async ValueTask<Outcome<Cost>> SettleAsync(
        Exchange exchange,
        OpenAnswer answer,
        MeteredBill bill,
        StreamEnd end
    )
    {
        var facts = FactsOf(exchange, answer.Candidate, bill) with
        {
            Outcome = OutcomeOf(end),
            UpstreamRequestId = answer.Response.ProviderRequestId,
        };
        exchange.HasEnded = true;
        var settled = await exchange.Hold.SettleAsync(facts);
        if (settled.Denied(out _, out var charge))
        {
            return new Denial.LedgerUnavailable(StoreRetryAfter);
        }

        exchange.Settled = charge;
        GatewayMetrics.Settled(charge.Base, charge.GatewayMarkup, charge.ResellerMarkup);
        exchange.Watch?.End(
            new GenAiEnd(
                NameOf(end),
                bill.Usage,
                charge.Total,
                end is StreamEnd.Complete or StreamEnd.Truncated ? null : NameOf(end)
            )
        );
        return new Cost(charge.Total, charge.Base, charge.GatewayMarkup, charge.ResellerMarkup)
        {
            BalanceAfter = exchange.Caller.MayReadBalance ? charge.BalanceAfter : null,
            IsLow = charge.Low,
        };
    }

    /// <summary>Books what a running stream has used so far. Nobody waits for it.</summary>
    public static void BookProgress(Exchange exchange, Candidate candidate, MeteredBill bill) =>
        exchange.Hold.BookProgress(FactsOf(exchange, candidate, bill));

    /// <summary>Ends the request's span where it ended without a charge.</summary>
    public static void Refused(Exchange exchange, Denial denial) =>
        exchange.Watch?.End(
            new GenAiEnd(
                "refused",
                null,
                NanoUsd.Zero,
                Errors.CodeOf(exchange.Http, denial, exchange.Dialect)
            )
        );

    /// <summary>Nothing was used: the hold goes back. Does nothing once the exchange has ended.</summary>
    public static void Release(Exchange exchange)
    {
        if (!exchange.HasEnded)
        {
            exchange.HasEnded = true;
            exchange.Hold.Release();
        }
    }

    private static ChargeFacts FactsOf(Exchange exchange, Candidate candidate, MeteredBill bill) =>
        new()
        {
            Base = bill.Base,
            Cogs = bill.Base,
            PriceVersion = candidate.Price.VersionId,
            PriceJson = candidate.Price.Json,
            Outcome = ChargeOutcome.Completed,
            Source = bill.Source,
            Usage = bill.Usage,
            Model = candidate.Model.Id,
            Provider = candidate.Offer.ProviderId,
            RouteJson = RouteJson(exchange, candidate),
        };

    private static string NameOf(StreamEnd end) =>
        end switch
        {
            StreamEnd.Complete => "completed",
            StreamEnd.Truncated => "cut",
            StreamEnd.ClientLeft => "client_disconnected",
            StreamEnd.Cut => "revoked",
            _ => "provider_error",
        };

    private static ChargeOutcome OutcomeOf(StreamEnd end) =>
        end switch
        {
            StreamEnd.Complete => ChargeOutcome.Completed,
            StreamEnd.Truncated => ChargeOutcome.Cut,
            StreamEnd.ClientLeft => ChargeOutcome.ClientDisconnected,
            StreamEnd.Cut => ChargeOutcome.Revoked,
            _ => ChargeOutcome.ProviderError,
        };

    // What a receipt tells of the way: what was asked, what was chosen, and why.
    private static string RouteJson(Exchange exchange, Candidate candidate)
    {
        using var json = JsonScratch.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString("requested"u8, exchange.Scan.Model);
        writer.WriteString("selected"u8, candidate.Model.Id);
        writer.WriteString("upstream_model"u8, candidate.Offer.UpstreamId);
        writer.WriteBoolean("streamed"u8, exchange.IsStream);
        writer.WriteString("request_id"u8, RequestFacts.Of(exchange.Http).RequestId);
        if (exchange.Route.Class is { } kind)
        {
            writer.WriteString("class"u8, kind);
        }

        if (exchange.Route.Reason is { } reason)
        {
            writer.WriteString("reason"u8, reason);
        }

        writer.WriteEndObject();
        return json.Text();
    }
}
