namespace Arda.Gateway.Kernel;

/// <summary>
/// What a person is sent to the billing portal for, as it stands on the wire. Denials name one of
/// these (<c>Http/DenialTable.Money.cs</c>), a portal session is made for one, and the portal has a
/// place for each.
/// </summary>
public static class PortalPurposes
{
    /// <summary>Add money.</summary>
    public const string Topup = "topup";

    /// <summary>Save a card, or another one than that which was declined.</summary>
    public const string PaymentMethod = "payment_method";

    /// <summary>Turn auto-reload on, or raise its monthly cap.</summary>
    public const string AutoReload = "auto_reload";

    /// <summary>Raise a monthly limit, or let a paused app go on.</summary>
    public const string Limits = "limits";

    /// <summary>Confirm a payment that the bank asks about.</summary>
    public const string PaymentAction = "payment_action";

    /// <summary>See how the project stands: what is owed, why it is frozen.</summary>
    public const string Overview = "overview";

    public static readonly IReadOnlyList<string> All =
    [
        Topup,
        PaymentMethod,
        AutoReload,
        Limits,
        PaymentAction,
        Overview,
    ];
}
