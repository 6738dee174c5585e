using Arda.Gateway.Pages;
using Arda.Gateway.Pages.Connect;
using Arda.Gateway.Pages.Consent;
using Arda.Gateway.Pages.Mailbox;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Pages.SignIn;
using static Arda.Gateway.Tests.Pages.Samples;

namespace Arda.Gateway.Tests.Pages;

/// <summary>All pages in the states that matter.</summary>
internal static partial class Exhibits
{
    private static readonly SignInModel s_signIn = new() { OffersPasskey = true };

    private static readonly CodeModel s_code = new CodeModel
    {
        Challenge = "sic_1",
        Email = Person.Email,
        BackUrl = "/sign-in",
        HasDevMailbox = true,
    };

    private static readonly ConsentModel s_consent = new ConsentModel
    {
        Interaction = "int_1",
        Email = Person.Email,
        Terms = Terms,
        ReturnsTo = "paperlantern.example",
        ReturnsByScheme = false,
        IsOwnersTest = false,
    };

    private static readonly ReviewModel s_review = new ReviewModel
    {
        UserCode = "WDJB-MJHT",
        Email = Person.Email,
        Address = "2001:db8:85a3::8a2e:370:7334",
        Country = "NL",
        Age = "2 minutes ago",
        IsOwnersTest = false,
        Terms = Terms,
    };

    public static IReadOnlyList<Exhibit> All { get; } =
    [
        .. Entrances(),
        .. MoreEntrances(),
        .. Grants(),
        .. MoreGrants(),
        .. Console(),
        .. MoreConsole(),
        .. FurtherConsole(),
        .. Money(),
        .. MoreMoney(),
        .. FurtherMoney(),
        .. OfAccount(),
        .. MoreOfAccount(),
        .. Portal(),
        .. PortalMoney(),
        .. PortalPaid(),
        .. PortalReturns(),
        .. PortalCards(),
        .. PortalReload(),
        .. MorePortalReload(),
        .. PortalLists(),
        .. PortalPayments(),
    ];

    private static IEnumerable<Exhibit> Entrances()
    {
        yield return new(
            "sign-in",
            () => Page.Of<SignInPage, SignInModel>(s_signIn),
            SignedIn: false
        );
        yield return new(
            "sign-in-error",
            () =>
                Page.Of<SignInPage, SignInModel>(
                    s_signIn with
                    {
                        App = LongName,
                        Email = "nobody@",
                        EmailError = "Enter an e-mail address, such as name@example.com.",
                        Notice = "That code no longer works. Ask for a new one.",
                        Providers = [new("Example ID", "/sign-in/external/example")],
                    },
                    script: "document.getElementById('passkey').hidden = false"
                ),
            SignedIn: false
        );
        yield return new(
            "sign-in-again",
            () =>
                Page.Of<SignInPage, SignInModel>(
                    s_signIn with
                    {
                        Again = true,
                        Email = Person.Email,
                    }
                )
        );
        yield return new("code", () => Page.Of<CodePage, CodeModel>(s_code), SignedIn: false);
        yield return new(
            "code-error",
            () =>
                Page.Of<CodePage, CodeModel>(
                    s_code with
                    {
                        Error = "That is not the code. 3 tries left.",
                    }
                ),
            SignedIn: false
        );
    }

    private static IEnumerable<Exhibit> MoreEntrances()
    {
        yield return new(
            "problem",
            () =>
                Page.Of<ProblemPage, ProblemModel>(
                    new()
                    {
                        Title = "This request is over",
                        Text =
                            "It was decided already, is older than 15 minutes, or belongs to another browser.",
                        WayOut = "Go back to the app and connect again.",
                        Link = new("/console", "Go to the console"),
                        RequestId = "req_019a3f6c2b7d7c41a1d2c3b4e5f60718",
                    }
                ),
            SignedIn: false
        );
        yield return new(
            "mailbox",
            () =>
                Page.Of<MailboxPage, MailboxModel>(
                    new([
                        new(
                            Person.Email,
                            "Your sign-in code",
                            "Your code is 1234 5678\n\nType it in.",
                            Now
                        ),
                        new(Person.Email, LongName, new string('x', 300), Now),
                    ])
                ),
            SignedIn: false
        );
        yield return new(
            "mailbox-empty",
            () => Page.Of<MailboxPage, MailboxModel>(new([])),
            SignedIn: false
        );
    }

    private static IEnumerable<Exhibit> Grants()
    {
        yield return new("consent", () => Page.Of<ConsentPage, ConsentModel>(s_consent));
        yield return new(
            "consent-first",
            () =>
                Page.Of<ConsentPage, ConsentModel>(
                    s_consent with
                    {
                        Terms = Terms with
                        {
                            Projects = [],
                            MarkupBps = 0,
                            ExampleWith = Terms.ExampleWithout,
                        },
                        ReturnsTo = "myapp:",
                        ReturnsByScheme = true,
                    }
                )
        );
        yield return new(
            "consent-raised",
            () =>
                Page.Of<ConsentPage, ConsentModel>(
                    s_consent with
                    {
                        IsOwnersTest = true,
                        Terms = Terms with
                        {
                            AgreedMarkupBps = 500,
                            AgreedExample = new(10_500_000),
                        },
                    }
                )
        );
        yield return new(
            "consent-long",
            () => Page.Of<ConsentPage, ConsentModel>(s_consent with { Terms = LongTerms })
        );
        yield return new("connect", () => Page.Of<ConnectPage, ConnectModel>(new()));
        yield return new(
            "connect-link",
            () => Page.Of<ConnectPage, ConnectModel>(new() { Code = "WDJB-MJHT", Prefilled = true })
        );
        yield return new(
            "connect-error",
            () =>
                Page.Of<ConnectPage, ConnectModel>(
                    new()
                    {
                        Code = "BBBBBBBB",
                        Error = "This code is not valid. Check it on your device.",
                    }
                )
        );
        yield return new("connect-review", () => Page.Of<ReviewPage, ReviewModel>(s_review));
    }

    private static IEnumerable<Exhibit> MoreGrants()
    {
        yield return new(
            "connect-review-long",
            () =>
                Page.Of<ReviewPage, ReviewModel>(
                    s_review with
                    {
                        Terms = LongTerms,
                        IsOwnersTest = true,
                    }
                )
        );
        yield return new("connect-done", () => Page.Of<DonePage, DoneModel>(new(true)));
        yield return new("connect-denied", () => Page.Of<DonePage, DoneModel>(new(false)));
    }
}
