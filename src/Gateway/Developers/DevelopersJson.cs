using System.Text.Json.Serialization;

namespace Arda.Gateway.Developers;

/// <summary>An app on the wire.</summary>
internal sealed record AppJson
{
    public required string ClientId { get; init; }

    /// <summary>Once, in the answer to the registration.</summary>
    public string? ClientSecret { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? WebsiteUrl { get; init; }

    public string? PublisherName { get; init; }

    public string? VerifiedDomain { get; init; }

    public required string Kind { get; init; }

    public required bool Confidential { get; init; }

    public required IReadOnlyList<string> RedirectUris { get; init; }

    public required IReadOnlyList<string> WebOrigins { get; init; }

    public required IReadOnlyList<string> DefaultScopes { get; init; }

    public required IReadOnlyList<string> AllowedScopes { get; init; }

    public required bool DeviceCodes { get; init; }

    public required int MarkupBps { get; init; }

    public required string Status { get; init; }

    public string? ReviewNote { get; init; }

    /// <summary>Why nobody new may connect it, where that is so.</summary>
    public string? ClosedBecause { get; init; }

    public AppChanges? Proposed { get; init; }

    public IReadOnlyList<SecretJson>? Secrets { get; init; }

    /// <summary>For the reviewer: what is allowed and deserves a look.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    public string? Owner { get; init; }

    public string? LogoUrl { get; init; }

    /// <summary>For the reviewer: the image that its developer wants instead.</summary>
    public string? ProposedLogoUrl { get; init; }

    public required long CreatedAt { get; init; }

    public static AppJson Of(App app) =>
        new()
        {
            ClientId = app.Id.Value,
            Name = app.Name,
            Description = app.Description,
            WebsiteUrl = app.WebsiteUrl,
            PublisherName = app.PublisherName,
            VerifiedDomain = app.VerifiedDomain,
            Kind = App.Wire(app.Kind),
            Confidential = app.IsConfidential,
            RedirectUris = app.RedirectUris,
            WebOrigins = app.WebOrigins,
            DefaultScopes = app.DefaultScopes,
            AllowedScopes = app.AllowedScopes,
            DeviceCodes = app.DeviceCodes,
            MarkupBps = app.MarkupBps,
            Status = App.Wire(app.State),
            ReviewNote = app.ReviewNote,
            ClosedBecause = app.ClosedBecause,
            Proposed = app.Proposed,
            LogoUrl = LogoAt(app.LogoAssetId),
            ProposedLogoUrl = LogoAt(app.Proposed?.LogoAssetId),
            CreatedAt = app.CreatedAt.ToUnixTimeSeconds(),
        };

    private static string? LogoAt(string? id) =>
        string.IsNullOrEmpty(id) ? null : AppLogos.Path + id;

    public static AppJson OfReview(App app) =>
        Of(app) with
        {
            Owner = app.Owner.Value,
            Warnings = app
                .RedirectUris.Concat(app.Proposed?.RedirectUris ?? [])
                .Select(RedirectUriRules.Warning)
                .OfType<string>()
                .Distinct()
                .ToList()
                is { Count: > 0 } warnings
                ? warnings
                : null,
        };
}

internal sealed record AppList(IReadOnlyList<AppJson> Data);

internal sealed record SecretJson
{
    public required string Id { get; init; }

    /// <summary>Once, in the answer that made it.</summary>
    public string? Secret { get; init; }

    public required string Hint { get; init; }

    public required long CreatedAt { get; init; }

    public static SecretJson Of(AppSecret secret) =>
        new()
        {
            Id = secret.Id,
            Hint = secret.Hint,
            CreatedAt = secret.CreatedAt.ToUnixTimeSeconds(),
        };
}

/// <summary>What a registration may say. State, owner and the like are not among it, and members
/// that nobody knows are ignored.</summary>
internal sealed record RegistrationJson : AppChanges
{
    public string? Kind { get; init; }

    public bool? Confidential { get; init; }

    public AppKind? KindOf() =>
        Kind switch
        {
            null or "web" => AppKind.Web,
            "browser" => AppKind.Browser,
            "native" => AppKind.Native,
            "device" => AppKind.Device,
            _ => null,
        };
}

internal sealed record ReviewJson
{
    public string? Decision { get; init; }

    public string? Note { get; init; }

    public string? VerifiedDomain { get; init; }

    public AppState? StateOf() =>
        Decision switch
        {
            "approve" => AppState.Approved,
            "reject" => AppState.Rejected,
            "suspend" => AppState.Suspended,
            _ => null,
        };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AppJson))]
[JsonSerializable(typeof(AppList))]
[JsonSerializable(typeof(SecretJson))]
[JsonSerializable(typeof(RegistrationJson))]
[JsonSerializable(typeof(AppChanges))]
[JsonSerializable(typeof(ReviewJson))]
internal sealed partial class DevelopersJson : JsonSerializerContext;
