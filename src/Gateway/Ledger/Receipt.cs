using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger;

/// <summary>The account of one request: what was used, at which prices, and what it cost whom.</summary>
public sealed record Receipt
{
    public required GenerationId Id { get; init; }

    public required ProjectId Project { get; init; }

    public required KeyId Key { get; init; }

    public ConnectionId? Connection { get; init; }

    public AppId? App { get; init; }

    public required string Model { get; init; }

    public required string Provider { get; init; }

    public string? UpstreamRequestId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset ChargedAt { get; init; }

    public required string Outcome { get; init; }

    public required string UsageSource { get; init; }

    /// <summary>Token counts by class, JSON.</summary>
    public required string UsageJson { get; init; }

    public required string PriceVersion { get; init; }

    /// <summary>Unit prices, JSON; the price version is the hash of exactly this text.</summary>
    public required string PriceJson { get; init; }

    /// <summary>What was asked, what was chosen and why, JSON.</summary>
    public required string RouteJson { get; init; }

    public required int GatewayMarkupBps { get; init; }

    public required int ResellerMarkupBps { get; init; }

    /// <summary>What the user was charged, in its parts.</summary>
    public required ChargeParts Charged { get; init; }

    /// <summary>Of the total, paid by money the user paid in.</summary>
    public required NanoUsd Paid { get; init; }

    /// <summary>Of the total, paid by promotional credit.</summary>
    public required NanoUsd Promo { get; init; }

    /// <summary>Used and not charged: the operator took it over.</summary>
    public required NanoUsd Absorbed { get; init; }

    /// <summary>The most that had been set aside.</summary>
    public required NanoUsd Hold { get; init; }

    public required string Currency { get; init; }

    /// <summary>
    /// The receipt as it is signed: fixed order, no white space, amounts as decimal strings of
    /// nano-dollars because JSON numbers lose digits.
    /// </summary>
    public byte[] ToCanonicalJson()
    {
        var bytes = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "receipt"u8);
            WriteWho(json);
            json.WriteString("model"u8, Model);
            json.WriteString("provider"u8, Provider);
            json.WriteString("upstream_request_id"u8, UpstreamRequestId);
            json.WriteString("started_at"u8, Text(StartedAt));
            json.WriteString("charged_at"u8, Text(ChargedAt));
            json.WriteString("outcome"u8, Outcome);
            json.WriteString("usage_source"u8, UsageSource);
            json.WritePropertyName("usage"u8);
            json.WriteRawValue(UsageJson);
            json.WriteString("price_version"u8, PriceVersion);
            json.WritePropertyName("unit_prices"u8);
            json.WriteRawValue(PriceJson);
            WriteAmounts(json);
            json.WritePropertyName("route"u8);
            json.WriteRawValue(RouteJson);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private void WriteWho(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id.Value);
        json.WriteString("project"u8, Project.Value);
        json.WriteString("key"u8, Key.Value);
        json.WriteString("connection"u8, Connection?.Value);
        json.WriteString("app"u8, App?.Value);
    }

    private void WriteAmounts(Utf8JsonWriter json)
    {
        json.WriteString("currency"u8, Currency);
        Amount(json, "base_nano_usd"u8, Charged.Base);
        Amount(json, "gateway_markup_nano_usd"u8, Charged.GatewayMarkup);
        json.WriteNumber("gateway_markup_bps"u8, GatewayMarkupBps);
        Amount(json, "reseller_markup_nano_usd"u8, Charged.ResellerMarkup);
        json.WriteNumber("reseller_markup_bps"u8, ResellerMarkupBps);
        Amount(json, "total_nano_usd"u8, Charged.Total);
        Amount(json, "paid_nano_usd"u8, Paid);
        Amount(json, "promo_nano_usd"u8, Promo);
        Amount(json, "absorbed_nano_usd"u8, Absorbed);
        Amount(json, "hold_nano_usd"u8, Hold);
    }

    private static void Amount(Utf8JsonWriter json, ReadOnlySpan<byte> name, NanoUsd amount) =>
        json.WriteString(name, amount.Value.ToString(CultureInfo.InvariantCulture));

    private static string Text(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
