namespace Arda.Gateway.Wire;

/// <summary>
/// An error before it is put into a dialect. <c>Http</c> makes it from a Denial; this room alone
/// writes it as JSON, as a body or inside a stream.
/// </summary>
public sealed record ErrorFacts
{
    public required int Status { get; init; }

    /// <summary>Stable, snake_case, documented: "insufficient_balance".</summary>
    public required string Code { get; init; }

    /// <summary>OpenAI's word for the class of error: "billing_error", "invalid_request_error".</summary>
    public required string OpenAiType { get; init; }

    /// <summary>Anthropic's word for it: "billing_error", "invalid_request_error", "api_error".</summary>
    public required string AnthropicType { get; init; }

    /// <summary>A whole sentence that names the way out.</summary>
    public required string Message { get; init; }

    public string? Param { get; init; }

    /// <summary>Anthropic's own name for this very error, where its clients act on one; written as
    /// <c>error.details.error_code</c> in its dialect.</summary>
    public string? AnthropicErrorCode { get; init; }

    public required string DocsUrl { get; init; }

    /// <summary>Set for everything the SDK can act on; written as <c>error.gateway</c>.</summary>
    public GatewayMember? Gateway { get; init; }

    public string? RequestId { get; init; }
}

/// <summary>The <c>gateway</c> member of a denial (contract §3). Null members are not written.</summary>
public sealed record GatewayMember
{
    /// <summary>open_portal | reconnect | wait | contact_app | none.</summary>
    public required string Action { get; init; }

    public string? Purpose { get; init; }

    public long? BalanceCents { get; init; }

    public long? RequiredCents { get; init; }

    public long? ShortfallCents { get; init; }

    public long? SuggestedTopupCents { get; init; }

    public IReadOnlyList<long>? TopupAmountsCents { get; init; }

    public long? AffordableMaxTokens { get; init; }

    public IReadOnlyList<string>? MissingScopes { get; init; }

    public int? RetryAfterSeconds { get; init; }
}
