using System.Data.Common;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.OAuth;

/// <summary>What stands behind a code, of either kind, once its person has said yes.</summary>
internal sealed record RedeemableGrant
{
    public required AppId App { get; init; }

    public required UserId Owner { get; init; }

    public required ProjectId Project { get; init; }

    public required ConnectionId Connection { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public string? Nonce { get; init; }

    public required DateTimeOffset AuthenticatedAt { get; init; }
}

/// <summary>How a redemption ended: a key with its grant, or an error.</summary>
internal sealed record Redeemed(OAuthError? Error)
{
    public MintedKey? Key { get; init; }

    public RedeemableGrant? Grant { get; init; }

    /// <summary>A key that this redemption ended, because its code came a second time.</summary>
    public KeyId? Ends { get; init; }

    /// <summary>The change that every node must have seen before the answer.</summary>
    public long? Seq { get; init; }
}

/// <summary>Turns a grant into a key, looking once more at everything that may have changed since
/// its person said yes.</summary>
internal sealed partial class GrantedKeys(
    ChangeFeed feed,
    ApiKeys keys,
    People people,
    ILogger<GrantedKeys> log
)
{
    private static readonly OAuthError s_withdrawn = OAuthError.InvalidGrant(
        "The grant was withdrawn, or its account is gone; connect again."
    );

    /// <summary>Inside a write. The caller marks its code as consumed in the same write.</summary>
    public Redeemed Mint(DbConnection connection, App client, RedeemableGrant grant)
    {
        if (!AuthorizeJudge.IsAvailableTo(client, grant.Owner))
        {
            return new Redeemed(ClientErrors.NotAvailable);
        }

        if (
            Connections.Find(connection, grant.Connection)
                is not { State: not ConnectionState.Revoked } standing
            || standing.Grant.Owner != grant.Owner
            || people.Find(connection, grant.Owner) is null
            || Projects.Find(connection, grant.Project) is not { State: ProjectState.Active }
        )
        {
            return new Redeemed(s_withdrawn);
        }

        var made = keys.MintForApp(
            connection,
            new NewKey
            {
                Owner = grant.Owner,
                Project = grant.Project,
                Name = client.Name,
                Scopes = [.. grant.Scopes.Intersect(client.AllowedScopes)],
                App = client.Id,
                Connection = grant.Connection,
            }
        );
        return made.RetryAfter is { } wait
            ? new Redeemed(
                OAuthError.Busy(
                    wait,
                    $"This user got {ApiKeys.MadeForAppPerHourMax} keys for this app within the hour; keep the key instead of connecting again."
                )
            )
            : new Redeemed((OAuthError?)null)
            {
                Key = made.Minted,
                Grant = grant,
                Seq = made.Seq,
            };
    }

    /// <summary>Inside a write: its code was used a second time, and rightly.</summary>
    public KeyId EndReplayed(DbConnection connection, KeyId key)
    {
        keys.Revoke(connection, key, RevokeReason.CodeReplayed);
        return key;
    }

    /// <summary>Waits until what was ended has ended everywhere.</summary>
    public async Task<Redeemed> FinishAsync(Redeemed redeemed, CancellationToken ct)
    {
        if (redeemed.Ends is { } ended)
        {
            LogReplay(log, ended);
            // Revoking again changes nothing and waits for every node.
            await keys.RevokeAsync(ended, RevokeReason.CodeReplayed, CancellationToken.None);
        }
        else if (redeemed.Seq is { } seq)
        {
            await feed.SeenByAllAsync(seq, ct);
        }

        return redeemed;
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "A code was used twice; the key {Key} that came of it is revoked."
    )]
    private static partial void LogReplay(ILogger log, KeyId key);
}
