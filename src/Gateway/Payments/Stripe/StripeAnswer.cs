namespace Arda.Gateway.Payments.Stripe;

/// <summary>
/// What became of a call. The third case is the one that matters: nobody knows whether it had its
/// effect, so its row stays open and the same key is sent again.
/// </summary>
internal abstract record StripeAnswer<T>
{
    private StripeAnswer() { }

    public sealed record Done(T Value) : StripeAnswer<T>;

    public sealed record Refused(StripeError Error) : StripeAnswer<T>;

    public sealed record Unknown(string Why) : StripeAnswer<T>;

    public T? ValueOrNull => this is Done done ? done.Value : default;

    public bool IsMissing => this is Refused { Error.Status: 404 };
}
