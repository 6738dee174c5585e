using System.Net;

namespace Arda.Gateway.Accounts;

/// <summary>What the gateway writes to people about their account.</summary>
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

    private static Mail Of(string to, string subject, string text)
    {
        var paragraphs = text.Split("\n\n")
            .Select(part =>
                "<p>" + WebUtility.HtmlEncode(part).ReplaceLineEndings("<br>") + "</p>"
            );
        return new Mail(to, subject, text, string.Concat(paragraphs));
    }
}
