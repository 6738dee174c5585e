namespace Arda.Gateway.Pages.Parts;

/// <summary>How a charged request ended, in plain words. The ledger writes the names.</summary>
public static class OutcomeWords
{
    public static string Of(string outcome) =>
        outcome.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant() switch
        {
            "COMPLETED" => "Complete",
            "CUT" => "Cut short: time or balance was used up",
            "CLIENTDISCONNECTED" => "The app hung up",
            "REVOKED" => "Stopped: the key was revoked",
            "PROVIDERERROR" => "The provider failed",
            _ => outcome,
        };
}
