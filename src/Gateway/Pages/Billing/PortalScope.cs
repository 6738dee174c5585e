using Arda.Gateway.Accounts;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Pages.Billing;

/// <summary>What an app sent a person here for.</summary>
public sealed record Errand
{
    public required PortalSessionId Id { get; init; }

    /// <summary>Null where a person's own key asked.</summary>
    public string? AppName { get; init; }

    public required string Purpose { get; init; }

    public ConnectionId? Connection { get; init; }

    /// <summary>The way back as things stand; null where the app named none.</summary>
    public string? ReturnAddress { get; init; }

    public long? SuggestedTopupCents { get; init; }

    public bool SuggestsAutoReload { get; init; }

    /// <summary>What the request waited for is there.</summary>
    public bool IsDone { get; init; }

    public string Who => AppName ?? "your program";
}

/// <summary>The project that a page of the portal is about, and the errand that led here.</summary>
public sealed record PortalScope
{
    public const string ErrandField = "via";

    public required Project Project { get; init; }

    public bool HasOthers { get; init; }

    public Errand? Errand { get; init; }

    /// <summary>A page of this project; the errand goes along in the address.</summary>
    public string Url(string page = "") => Address(Project.Slug, page, Errand?.Id);

    public static string Address(string slug, string page, PortalSessionId? errand) =>
        $"/billing/p/{slug}{page}" + (errand is { } id ? $"?{ErrandField}={id}" : "");
}
