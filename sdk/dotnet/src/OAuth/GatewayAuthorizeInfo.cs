namespace Arda.Gateway.Sdk;

/// <summary>The app as its users see it, with what its owner adds to prices.</summary>
public sealed record GatewayAuthorizeInfo
{
    /// <summary>The app's id.</summary>
    public required string ClientId { get; init; }

    /// <summary>The app's name.</summary>
    public required string Name { get; init; }

    /// <summary>The app in a sentence or two.</summary>
    public string? Description { get; init; }

    /// <summary>Where the app lives.</summary>
    public string? WebsiteUrl { get; init; }

    /// <summary>Who answers for the app.</summary>
    public required GatewayPublisher Publisher { get; init; }

    /// <summary>Review state; an app that is not <c>approved</c> answers with an error
    /// instead.</summary>
    public required string Status { get; init; }

    /// <summary>What the app asks for.</summary>
    public required IReadOnlyList<GatewayScopeInfo> Scopes { get; init; }

    /// <summary>What the app's owner adds to prices.</summary>
    public required GatewayReseller Reseller { get; init; }
}

/// <summary>Who answers for an app.</summary>
public sealed record GatewayPublisher
{
    /// <summary>The publisher's name.</summary>
    public required string Name { get; init; }

    /// <summary>A domain that the publisher has proven to own.</summary>
    public string? VerifiedDomain { get; init; }
}

/// <summary>A scope as the consent page shows it.</summary>
public sealed record GatewayScopeInfo
{
    /// <summary>One of <see cref="GatewayScopes"/>.</summary>
    public required string Name { get; init; }

    /// <summary>In a few words.</summary>
    public required string Title { get; init; }

    /// <summary>In a sentence.</summary>
    public required string Description { get; init; }

    /// <summary>The user cannot untick it.</summary>
    public bool Required { get; init; }
}

/// <summary>What an app's owner adds to prices.</summary>
public sealed record GatewayReseller
{
    /// <summary>Whether anything is added.</summary>
    public bool Enabled { get; init; }

    /// <summary>What is added, in hundredths of a percent.</summary>
    public required int MarkupBps { get; init; }

    /// <summary>One sentence with the price the user really pays; show it before you
    /// connect.</summary>
    public string Disclosure
    {
        get;
        init => field = value ?? "";
    } = "";
}
