using System.Net;

namespace Arda.Gateway.Accounts;

/// <summary>What the gateway writes to people about their account. Links lead to the public address
/// alone, and opening one changes nothing: the page behind it has the button.</summary>
internal static class Mails
{
    public static Mail SignInCode(string to, string code) =>
        Of(
            to,
            "Your sign-in code",
            $"""
            Your code is {code[..4]} {code[4..]}

            Type it into the page that asked for it within ten minutes. Nobody from Arda will ever
            ask you for it. If you did not ask to sign in, ignore this mail.
            """
        );

    /// <summary>Instead of a code, for an address that an account has just left.</summary>
    public static Mail AddressWasReplaced(string to, DateTimeOffset until) =>
        Of(
            to,
            "This address no longer signs in",
            $"""
            Somebody asked for a sign-in code for this address, but its account has moved to another
            one.

            If that was not your doing, use the link in our mail "Your address is being changed"; it
            works until {Day(until)}. From then on this address can open a new account.
            """
        );

    public static Mail ConfirmAddress(string to, string link) =>
        Of(
            to,
            "Confirm your new address",
            $"""
            Somebody who is signed in to Arda wants to use this address from now on. If that is you,
            confirm it within an hour:

            {link}

            If you did not ask for it, ignore this mail and nothing changes.
            """
        );

    /// <summary>The same wish where the address has an account already: the asker hears nothing.</summary>
    public static Mail AddressIsTaken(string to) =>
        Of(
            to,
            "You have an account with this address",
            """
            Somebody wanted to use this address for another account. It has an account of its own, so
            nothing was changed. If it was you, delete that account first or choose another address.
            """
        );

    public static Mail AddressIsChanging(string to, string newEmail, string link) =>
        Of(
            to,
            "Your address is being changed",
            $"""
            Somebody who is signed in to your account wants to use {newEmail} in the place of this
            address.

            If that is not you, stop it here. This link keeps working for seven days after the
            change, brings this address back and signs everybody out:

            {link}

            If it is you, keep this mail for a week and confirm the change from the new address.
            """
        );

    public static Mail AddressChanged(string to, string newEmail) =>
        Of(
            to,
            "Your address was changed",
            $"""
            Your account now has the address {newEmail}. This one no longer signs in.

            If that was not you, use the link in our mail "Your address is being changed" within seven
            days.
            """
        );

    public static Mail AddressReverted(string to) =>
        Of(
            to,
            "Your address is back",
            """
            Your account has this address again. Everybody was signed out, and passkeys and sign-ins
            that were added since the change are gone.

            Sign in and look through your keys and connected apps: revoke what you do not know.
            """
        );

    public static Mail PasskeyAdded(string to, string name) =>
        Of(
            to,
            "A passkey was added",
            $"""
            The passkey "{name}" can now sign in to your account.

            If that was not you, sign in, remove it on your account page and end all other sessions.
            """
        );

    public static Mail AccountDeleted(string to) =>
        Of(
            to,
            "Your account is deleted",
            """
            Your account was deleted as you asked. Its keys and connected apps have stopped. The same
            address can open a new account, which starts empty.
            """
        );

    /// <summary>Paragraphs are parted by an empty line; one that is an address becomes a link.</summary>
    public static Mail Of(string to, string subject, string text)
    {
        var parts = text.ReplaceLineEndings("\n").Split("\n\n");
        return new Mail(to, subject, string.Join("\n\n", parts), string.Concat(parts.Select(Html)));
    }

    private static string Html(string part)
    {
        var safe = WebUtility.HtmlEncode(part.ReplaceLineEndings(" "));
        return IsLink(part) ? $"<p><a href=\"{safe}\">{safe}</a></p>" : $"<p>{safe}</p>";
    }

    private static bool IsLink(string part) =>
        part.StartsWith("http", StringComparison.Ordinal)
        && !part.Contains(' ', StringComparison.Ordinal)
        && Uri.TryCreate(part, UriKind.Absolute, out _);

    private static string Day(DateTimeOffset at) =>
        at.ToString("d MMMM yyyy", System.Globalization.CultureInfo.InvariantCulture);
}
