using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>Reads the union by its <c>action</c>; fills in what a gateway leaves out.</summary>
internal sealed class RecoveryInstructionConverter : JsonConverter<RecoveryInstruction>
{
    public override RecoveryInstruction Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    )
    {
        var wire = JsonSerializer.Deserialize(
            ref reader,
            GatewayJson.Default.RecoveryInstructionWire
        )!;
        var (reason, message, scopes) = (
            wire.Reason ?? "none",
            wire.Message ?? "",
            wire.MissingScopes ?? []
        );
        return wire.Action switch
        {
            "open_portal" => new RecoveryInstruction.OpenPortal
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
                PortalOptions = wire.PortalOptions ?? new GatewayPortalOptions(),
            },
            "reconnect" => new RecoveryInstruction.Reconnect
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
            },
            "wait" => new RecoveryInstruction.Wait
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
                RetryAfter = wire.RetryAfterSeconds is { } seconds
                    ? TimeSpan.FromSeconds(seconds)
                    : null,
            },
            "contact_app" => new RecoveryInstruction.ContactApp
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
            },
            _ => new RecoveryInstruction.None
            {
                Reason = reason,
                Message = message,
                MissingScopes = scopes,
            },
        };
    }

    public override void Write(
        Utf8JsonWriter writer,
        RecoveryInstruction value,
        JsonSerializerOptions options
    ) =>
        JsonSerializer.Serialize(
            writer,
            new RecoveryInstructionWire
            {
                Action = value.Action,
                Reason = value.Reason,
                Message = value.Message,
                MissingScopes = value.MissingScopes,
                RetryAfterSeconds = (value as RecoveryInstruction.Wait)?.RetryAfter?.TotalSeconds,
                PortalOptions = (value as RecoveryInstruction.OpenPortal)?.PortalOptions,
            },
            GatewayJson.Default.RecoveryInstructionWire
        );
}

internal sealed record RecoveryInstructionWire
{
    public required string Action { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public IReadOnlyList<string>? MissingScopes { get; init; }

    public double? RetryAfterSeconds { get; init; }

    public GatewayPortalOptions? PortalOptions { get; init; }
}
