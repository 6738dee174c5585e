using System.Text.Json.Serialization;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Payments;

namespace Arda.Gateway.Operator;

/// <summary>How payments stand, and what about money a person must look at.</summary>
internal static class PaymentEndpoints
{
    public static void MapPaymentHealth(this IEndpointRouteBuilder admin)
    {
        admin.MapGet("/payments", ReadAsync);
        admin.MapPost("/payments/findings/{id}/close", CloseAsync);
    }

    private static async Task<IResult> ReadAsync(PaymentHealth health, CancellationToken ct)
    {
        var reading = await health.ReadAsync(ct);
        return Results.Json(
            new PaymentsReading(
                reading.IsWell,
                reading.Provider,
                reading.IsLive,
                reading.IsKeyAccepted,
                reading.IsClockRight,
                (long)reading.ClockSkew.TotalSeconds,
                [
                    .. reading.Findings.Select(one => new FindingReading(
                        one.Id,
                        one.Kind,
                        one.Subject,
                        one.Detail,
                        one.At
                    )),
                ]
            ),
            PaymentsJson.Default.PaymentsReading
        );
    }

    private static async Task<IResult> CloseAsync(HttpContext http, string id, PaymentHealth health)
    {
        if (await health.CloseAsync(id))
        {
            return Results.NoContent();
        }

        await Errors.WriteForPathAsync(http, new Denial.NotFound("such open finding"));
        return Results.Empty;
    }
}

internal sealed record PaymentsReading(
    bool Ok,
    string Provider,
    bool Livemode,
    bool KeyAccepted,
    bool ClockRight,
    long ClockSkewSeconds,
    IReadOnlyList<FindingReading> Findings
);

internal sealed record FindingReading(
    string Id,
    string Kind,
    string Subject,
    string Detail,
    DateTimeOffset At
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PaymentsReading))]
internal sealed partial class PaymentsJson : JsonSerializerContext;
