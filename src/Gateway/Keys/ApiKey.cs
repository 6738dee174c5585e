using Arda.Gateway.Kernel;

namespace Arda.Gateway.Keys;

/// <summary>A key as its owner may see it: never the key itself.</summary>
public sealed record ApiKey
{
    public required KeyId Id { get; init; }

    /// <summary>Its prefix, four characters and the last four.</summary>
    public required string Hint { get; init; }

    public required string Name { get; init; }

    public required UserId Owner { get; init; }

    public required ProjectId Project { get; init; }

    public AppId? App { get; init; }

    public ConnectionId? Connection { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public NanoUsd? MonthlyLimit { get; init; }

    /// <summary>Null: what the operator grants to all.</summary>
    public int? RequestsPerMinute { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateOnly? LastUsedOn { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public RevokeReason? RevokedBecause { get; init; }
}

/// <summary>What a new key shall be.</summary>
public sealed record NewKey
{
    public const int NameCharsMax = 100;

    public required UserId Owner { get; init; }

    public required ProjectId Project { get; init; }

    public required string Name { get; init; }

    public IReadOnlyList<string> Scopes { get; init; } = Keys.Scopes.OfAnOwnKey;

    /// <summary>Both or neither: a key of an app belongs to a connection.</summary>
    public AppId? App { get; init; }

    public ConnectionId? Connection { get; init; }

    public NanoUsd? MonthlyLimit { get; init; }

    public int? RequestsPerMinute { get; init; }

    /// <summary>Null: what the operator has set for all.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What is wrong with the wish, if anything.</summary>
    public Denial? Wrong(DateTimeOffset now)
    {
        var unknown = Scopes.FirstOrDefault(s => !Keys.Scopes.All.Contains(s));
        return Name.Trim() is not { Length: > 0 and <= NameCharsMax }
                ? new Denial.InvalidRequest(
                    $"Give the key a name of 1 to {NameCharsMax} characters.",
                    "name"
                )
            : unknown is not null
                ? new Denial.InvalidRequest($"There is no scope '{unknown}'.", "scopes")
            : Scopes.Count == 0
                ? new Denial.InvalidRequest("A key needs at least one scope.", "scopes")
            : MonthlyLimit is { Value: < 0 }
                ? new Denial.InvalidRequest("A monthly limit is not negative.", "monthly_limit")
            : RequestsPerMinute is < 1 or > KeyOptions.RequestsPerMinuteMax
                ? new Denial.InvalidRequest(
                    $"Requests per minute go from 1 to {KeyOptions.RequestsPerMinuteMax}.",
                    "requests_per_minute"
                )
            : ExpiresAt <= now
                ? new Denial.InvalidRequest("A key cannot expire in the past.", "expires_at")
            : null;
    }
}

/// <summary>A key at its birth: the only time that <see cref="Secret"/> is seen.</summary>
public sealed record MintedKey(string Secret, ApiKey Key)
{
    /// <summary>Not in any log, even when somebody logs the whole.</summary>
    public override string ToString() => Key.Hint;
}

public enum RevokeReason
{
    /// <summary>By whoever holds the key: the SDK's <c>revoke()</c>.</summary>
    Holder,
    Owner,
    Operator,

    /// <summary>Another key took its place.</summary>
    Rolled,

    /// <summary>Found where others could read it.</summary>
    Leaked,

    /// <summary>The user disconnected the app.</summary>
    Disconnected,

    /// <summary>The authorization code it came from was used again.</summary>
    CodeReplayed,
}
