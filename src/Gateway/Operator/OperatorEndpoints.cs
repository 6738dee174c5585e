using System.Text.Json;
using System.Text.Json.Serialization;
using Arda.Gateway.Accounts;
using Arda.Gateway.Ledger;
using Arda.Gateway.Providers;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Operator;

/// <summary>What the operator's programs ask: the arda command line, a dashboard, a cron job. All of
/// it needs the operator's token and nothing of it is for users.</summary>
public static class OperatorEndpoints
{
    private const int FindingsShownMax = 10;

    public static void MapOperator(this IEndpointRouteBuilder app)
    {
        var admin = app.MapGroup("/admin").AddEndpointFilter<OperatorOnly>();
        admin.MapPost("/ledger/verify", VerifyLedgerAsync);
        admin.MapGet("/providers", ListProviders);
        admin.MapPaymentHealth();
    }

    private static async Task<IResult> VerifyLedgerAsync(
        Database database,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var books = await LedgerVerification.ReadAsync(database, ct);
        var findings = books.Findings;
        var broken = findings.ToLookup(finding => finding.Promise, StringComparer.Ordinal);
        return Results.Json(
            new LedgerReading(
                findings.Count == 0,
                time.GetUtcNow(),
                [.. LedgerVerification.Promises.Select(name => ReadingOf(name, [.. broken[name]]))],
                books.Totals
            ),
            OperatorJson.Default.LedgerReading
        );
    }

    private static InvariantReading ReadingOf(string name, IReadOnlyList<LedgerFinding> findings) =>
        new(
            name,
            findings.Count == 0,
            findings.Count == 0
                ? null
                : string.Join(
                    "; ",
                    findings.Take(FindingsShownMax).Select(f => $"{f.Subject}: {f.Detail}")
                )
        );

    private static IResult ListProviders(Upstreams upstreams) =>
        Results.Json(
            new ProviderList([.. upstreams.ReadHealth().Select(ReadingOf)]),
            OperatorJson.Default.ProviderList
        );

    private static ProviderReading ReadingOf(HealthReading health) =>
        new()
        {
            Provider = health.ProviderId,
            Model = health.UpstreamModel,
            State = JsonNamingPolicy.SnakeCaseLower.ConvertName(health.State.ToString()),
            OpenUntil = health.OpenUntil,
            RecentRequests = health.RecentRequests,
            RecentFaults = health.RecentFaults,
            LastFault =
                health.LastFault == UpstreamFault.None
                    ? null
                    : JsonNamingPolicy.SnakeCaseLower.ConvertName(health.LastFault.ToString()),
            LastFaultAt = health.LastFaultAt,
            FirstByteMs = health.FirstByte?.TotalMilliseconds,
        };
}

internal sealed record LedgerReading(
    bool Ok,
    DateTimeOffset CheckedAt,
    IReadOnlyList<InvariantReading> Invariants,
    IReadOnlyDictionary<string, string> Totals
);

internal sealed record InvariantReading(string Name, bool Ok, string? Detail);

internal sealed record ProviderList(IReadOnlyList<ProviderReading> Data);

internal sealed record ProviderReading
{
    public required string Provider { get; init; }

    public required string Model { get; init; }

    public required string State { get; init; }

    public DateTimeOffset? OpenUntil { get; init; }

    public required int RecentRequests { get; init; }

    public required int RecentFaults { get; init; }

    public string? LastFault { get; init; }

    public DateTimeOffset? LastFaultAt { get; init; }

    public double? FirstByteMs { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(LedgerReading))]
[JsonSerializable(typeof(ProviderList))]
internal sealed partial class OperatorJson : JsonSerializerContext;
