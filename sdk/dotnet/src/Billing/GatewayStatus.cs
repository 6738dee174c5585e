namespace Arda.Gateway.Sdk;

/// <summary>Who pays, what is left, and what may be done. What the key's scopes hide is
/// null.</summary>
public sealed record GatewayStatus
{
    /// <summary>The project that pays.</summary>
    public GatewayStatusProject? Project { get; init; }

    /// <summary>What is left.</summary>
    public GatewayBalance? Balance { get; init; }

    /// <summary>What auto-reload may charge; null where none is saved.</summary>
    public GatewaySavedPaymentMethod? SavedPaymentMethod { get; init; }

    /// <summary>Whether and how the balance fills itself up.</summary>
    public GatewayAutoReload? AutoReload { get; init; }

    /// <summary>The amounts that can be bought, in US cents.</summary>
    public IReadOnlyList<long> TopupAmountsCents
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>What the key may do, of <see cref="GatewayScopes"/>.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The app that the key belongs to; null for keys that the user made.</summary>
    public GatewayStatusApp? App { get; init; }

    /// <summary>What is added to the provider's prices.</summary>
    public GatewayMarkup? Markup { get; init; }
}

/// <summary>The project that pays, as its state is.</summary>
public sealed record GatewayStatusProject
{
    /// <summary>The project's id.</summary>
    public required string Id { get; init; }

    /// <summary>The project's short name in addresses.</summary>
    public required string Slug { get; init; }

    /// <summary>The project's name.</summary>
    public string? Name { get; init; }

    /// <summary>A dispute or a debt: nothing is spent until it is settled.</summary>
    public bool IsFrozen { get; init; }
}

/// <summary>What auto-reload may charge. Only a user's own keys see which card it is.</summary>
public sealed record GatewaySavedPaymentMethod
{
    /// <summary>Such as <c>card</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Such as <c>visa</c>.</summary>
    public string? Brand { get; init; }

    /// <summary>The last four digits.</summary>
    public string? Last4 { get; init; }

    /// <summary>Whether it has expired.</summary>
    public bool IsExpired { get; init; }
}

/// <summary>Whether and how the balance fills itself up.</summary>
public sealed record GatewayAutoReload
{
    /// <summary>Whether the user has turned it on.</summary>
    public bool Enabled { get; init; }

    /// <summary><c>off</c>, <c>on</c>, <c>reloading</c>, or what it waits for, such as
    /// <c>action_required</c>.</summary>
    public string? State { get; init; }

    /// <summary>Below this it charges, in US cents.</summary>
    public long? ThresholdCents { get; init; }

    /// <summary>What it charges, in US cents.</summary>
    public long? AmountCents { get; init; }

    /// <summary>The most that it charges in a month, in US cents.</summary>
    public long? MonthlyCapCents { get; init; }
}

/// <summary>The app that a key belongs to.</summary>
public sealed record GatewayStatusApp
{
    /// <summary>The app's id.</summary>
    public required string ClientId { get; init; }

    /// <summary>The app's name.</summary>
    public string? Name { get; init; }

    /// <summary>What the app's owner adds to prices, as the user agreed to it, in hundredths of a
    /// percent.</summary>
    public int ResellerMarkupBps { get; init; }
}

/// <summary>What is added to the provider's prices, in hundredths of a percent.</summary>
public sealed record GatewayMarkup
{
    /// <summary>By the gateway's operator.</summary>
    public int GatewayMarkupBps { get; init; }

    /// <summary>By the app's owner.</summary>
    public int ResellerMarkupBps { get; init; }
}
