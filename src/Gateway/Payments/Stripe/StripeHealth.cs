namespace Arda.Gateway.Payments.Stripe;

/// <summary>
/// What the operator must know of the payment provider: a key that is no longer accepted stops all
/// calls for a while (users see "payments are unavailable", never a card error), and a clock that
/// is far off makes every webhook fail.
/// </summary>
internal sealed class StripeHealth(TimeProvider time)
{
    private static readonly TimeSpan s_restsFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_skewMax = TimeSpan.FromSeconds(300);

    private readonly Lock _gate = new();
    private DateTimeOffset _restsUntil;

    /// <summary>Raised once each time that the key begins to be refused.</summary>
    public Action<string>? KeyRefused { get; set; }

    public TimeSpan ClockSkew { get; private set; }

    public bool IsClockRight => ClockSkew.Duration() <= s_skewMax;

    public bool IsResting
    {
        get
        {
            lock (_gate)
            {
                return time.GetUtcNow() < _restsUntil;
            }
        }
    }

    public void Refused(string why)
    {
        bool isNews;
        lock (_gate)
        {
            var now = time.GetUtcNow();
            // One call in each minute tries again; only the first failure is news.
            isNews = _restsUntil == default;
            _restsUntil = now + s_restsFor;
        }

        if (isNews)
        {
            KeyRefused?.Invoke(why);
        }
    }

    public void Answered(DateTimeOffset? date)
    {
        lock (_gate)
        {
            _restsUntil = default;
            if (date is { } theirs)
            {
                ClockSkew = time.GetUtcNow() - theirs;
            }
        }
    }
}
