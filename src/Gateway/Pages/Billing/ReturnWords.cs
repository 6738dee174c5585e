using Arda.Gateway.Billing.Portal;

namespace Arda.Gateway.Pages.Billing;

/// <summary>How a visit to the portal ended, in words.</summary>
public static class ReturnWords
{
    /// <summary>A program of the device is "the app" to whoever looks for its window.</summary>
    public static string Link(Errand errand) =>
        PortalDesk.IsOfTheWeb(errand.ReturnAddress)
            ? $"Return to {errand.Who}"
            : "Return to the app";

    public static string Title(PortalStatus status) =>
        status switch
        {
            PortalStatus.Funded => "The money is there",
            PortalStatus.Saved => "Saved",
            PortalStatus.LimitsChanged => "The limit is changed",
            PortalStatus.Cancelled => "Nothing was changed",
            PortalStatus.Failed => "The payment did not go through",
            PortalStatus.Expired => "This visit is over",
            _ => "Nothing was changed yet",
        };
}
