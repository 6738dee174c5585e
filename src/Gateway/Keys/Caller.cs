using Arda.Gateway.Kernel;

namespace Arda.Gateway.Keys;

/// <summary>Who a key speaks for and what it may do. Made once for each key and shared by its
/// requests; when anything of it changes, the next request gets another one.</summary>
public sealed class Caller
{
    private readonly IReadOnlyList<string> _scopes = [];

    public required KeyId Key { get; init; }

    public required UserId Owner { get; init; }

    public required ProjectId Project { get; init; }

    /// <summary>Null for keys that a user made for themselves.</summary>
    public ConnectionId? Connection { get; init; }

    public AppId? App { get; init; }

    public ResellerId? Reseller { get; init; }

    /// <summary>What the user agreed to, or less where the app has cut it since.</summary>
    public int ResellerMarkupBps { get; init; }

    public NanoUsd? MonthlyLimit { get; init; }

    public NanoUsd? ConnectionMonthlyLimit { get; init; }

    public required int RequestsPerMinute { get; init; }

    public required IReadOnlyList<string> Scopes
    {
        get => _scopes;
        init
        {
            _scopes = value;
            MayReadBalance = value.Contains(Keys.Scopes.BalanceRead, StringComparer.Ordinal);
        }
    }

    public bool MayReadBalance { get; private init; }

    /// <summary>Why this key may not spend though it is good: its connection is paused, its app
    /// suspended, or a raised markup not agreed to.</summary>
    public Denial? SpendingDenied { get; init; }

    public Denial? Lacks(string scope)
    {
        for (var i = 0; i < _scopes.Count; i++)
        {
            if (_scopes[i] == scope)
            {
                return null;
            }
        }

        return new Denial.InsufficientScope([scope]);
    }
}
