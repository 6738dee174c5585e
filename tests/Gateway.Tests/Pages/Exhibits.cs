using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages;
using Arda.Gateway.Pages.Account;
using Arda.Gateway.Pages.Connect;
using Arda.Gateway.Pages.Consent;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Mailbox;
using Arda.Gateway.Pages.Parts;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Pages.SignIn;
using static Arda.Gateway.Tests.Pages.Samples;

namespace Arda.Gateway.Tests.Pages;

/// <summary>All pages in the states that matter.</summary>
internal static class Exhibits
{
    private static readonly SignInModel s_signIn = new() { OffersPasskey = true };

    private static readonly CodeModel s_code = new()
    {
        Challenge = "sic_1",
        Email = Person.Email,
        BackUrl = "/sign-in",
        HasDevMailbox = true,
    };

    private static readonly ConsentModel s_consent = new()
    {
        Interaction = "int_1",
        Email = Person.Email,
        Terms = Terms,
        ReturnsTo = "paperlantern.example",
        ReturnsByScheme = false,
        IsOwnersTest = false,
    };

    private static readonly ReviewModel s_review = new()
    {
        UserCode = "WDJB-MJHT",
        Email = Person.Email,
        Address = "2001:db8:85a3::8a2e:370:7334",
        Age = "2 minutes ago",
        IsOwnersTest = false,
        Terms = Terms,
    };

    private static readonly IReadOnlyDictionary<string, string> s_names = new Dictionary<
        string,
        string
    >
    {
        [""] = "Your own keys",
        ["gw_app_1"] = "Margin Notes",
        ["key_1"] = "Laptop (gw_sk_Ab12…9zYx)",
    };

    private static readonly ProjectScope s_scope = new(
        Personal,
        [Personal, Long],
        "/console/usage"
    );

    public static IReadOnlyList<Exhibit> All { get; } =
    [.. Entrances(), .. Grants(), .. Console(), .. Money(), .. OfAccount()];

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

    private static IEnumerable<Exhibit> Console()
    {
        yield return new(
            "overview",
            () =>
                Page.Of<OverviewPage, OverviewModel>(
                    new()
                    {
                        Projects = [Line(Personal, 2_345), Line(Long, 123_456_789, frozen: true)],
                        Keys = 1,
                        Connections = 3,
                        Days = Bars(14),
                        IsOperator = true,
                    }
                )
        );
        yield return new(
            "overview-empty",
            () =>
                Page.Of<OverviewPage, OverviewModel>(
                    new()
                    {
                        Projects = [],
                        Keys = 0,
                        Connections = 0,
                        Days = Bars(14, empty: true),
                    }
                )
        );
        yield return new(
            "projects",
            () =>
                Page.Of<ProjectsPage, ProjectsModel>(
                    new()
                    {
                        Projects = [Line(Personal, 2_345), Line(Long, 0, frozen: true)],
                        Slug = "Bad Slug",
                        SlugError =
                            "A slug is 2 to 48 lower-case letters, digits and single hyphens.",
                        Done = "Saved.",
                    }
                )
        );
        yield return new(
            "projects-empty",
            () => Page.Of<ProjectsPage, ProjectsModel>(new() { Projects = [] })
        );
        yield return new(
            "project",
            () =>
                Page.Of<ProjectPage, ProjectModel>(
                    new()
                    {
                        Line = Line(Long, 2_345, frozen: true) with
                        {
                            Debt = NanoUsd.FromCents(500),
                        },
                        Name = LongName,
                    }
                )
        );
        yield return new(
            "sure",
            () =>
                Page.Of<SurePage, SureModel>(
                    new()
                    {
                        Title = "Close " + LongName,
                        Room = "Projects",
                        Text = "Its keys and connections stop at once. It cannot be opened again.",
                        More = ["$23.45 is left in it and could no longer be spent."],
                        Action = "/x",
                        Verb = "Close the project",
                        BackUrl = "/y",
                        TypeToConfirm = "personal",
                        Error = "Type personal, the project's slug.",
                    }
                )
        );
        yield return new(
            "keys",
            () =>
                Page.Of<KeysPage, KeysModel>(
                    new()
                    {
                        Live = [Key("Laptop"), Key(LongName, limited: false)],
                        Ended = [Key("Old server", revoked: true)],
                        HasProject = true,
                    }
                )
        );
        yield return new(
            "keys-empty",
            () =>
                Page.Of<KeysPage, KeysModel>(
                    new()
                    {
                        Live = [],
                        Ended = [],
                        HasProject = true,
                    }
                )
        );
        yield return new(
            "key-new",
            () =>
                Page.Of<NewKeyPage, NewKeyModel>(
                    new()
                    {
                        Projects = [Personal, Long],
                        Scopes = [],
                        ScopesError = "Tick at least one.",
                        Name = "",
                        NameError = "Give the key a name of 1 to 100 characters.",
                    }
                )
        );
        yield return new(
            "key",
            () => Page.Of<KeyPage, KeyModel>(new() { Line = Key("Laptop"), MonthlyLimit = "5.00" })
        );
        yield return new(
            "key-revoked",
            () => Page.Of<KeyPage, KeyModel>(new() { Line = Key(LongName, revoked: true) })
        );
        yield return new("key-roll", () => Page.Of<RollKeyPage, KeyLine>(Key("Laptop")));
        yield return new(
            "key-made",
            () =>
                Page.Of<KeyMadePage, KeyMadeModel>(
                    new()
                    {
                        Secret = "gw_sk_" + new string('0', 49),
                        Key = Key("Laptop").Key,
                        ProjectName = "Personal",
                        BaseUrl = "https://gateway.example",
                        IsRolled = true,
                        OldWorksUntil = Now.AddDays(1),
                    }
                )
        );
    }

    private static IEnumerable<Exhibit> Money()
    {
        yield return new(
            "connections",
            () =>
                Page.Of<ConnectionsPage, ConnectionsModel>(
                    new()
                    {
                        Live =
                        [
                            Connection("Margin Notes", limit: NanoUsd.FromCents(1_000)),
                            Connection(
                                "Paused",
                                ConnectionState.Paused,
                                limit: NanoUsd.FromCents(400)
                            ),
                            Connection(LongName, raisedTo: 3_000),
                        ],
                        Ended = [Connection("Gone", ConnectionState.Revoked)],
                        Done = "Margin Notes may spend up to $10.00 a month.",
                    }
                )
        );
        yield return new(
            "connections-empty",
            () => Page.Of<ConnectionsPage, ConnectionsModel>(new() { Live = [], Ended = [] })
        );
        yield return new(
            "connection",
            () =>
                Page.Of<ConnectionPage, ConnectionModel>(
                    new()
                    {
                        Line = Connection(LongName, raisedTo: 3_000, limit: NanoUsd.FromCents(400)),
                        MonthlyLimit = "-4",
                        LimitError = "Write dollars and cents, such as 10 or 10.50.",
                    }
                )
        );
        yield return new(
            "usage",
            () =>
                Page.Of<UsagePage, UsageModel>(
                    new()
                    {
                        Scope = s_scope,
                        Days = 30,
                        Summary = Summary(),
                        Bars = Bars(30),
                        Names = s_names,
                    }
                )
        );
        yield return new(
            "usage-empty",
            () =>
                Page.Of<UsagePage, UsageModel>(
                    new()
                    {
                        Scope = s_scope,
                        Days = 7,
                        Summary = Summary(empty: true),
                        Bars = Bars(7, empty: true),
                        Names = s_names,
                    }
                )
        );
        yield return new(
            "receipts",
            () =>
                Page.Of<ReceiptsPage, ReceiptsModel>(
                    new()
                    {
                        Scope = s_scope,
                        Lines =
                        [
                            ReceiptLine("gpt-5", "completed", 13_059_112),
                            ReceiptLine("a/" + LongName, "client_disconnected", 1),
                        ],
                        Names = s_names,
                        OlderUrl = "/console/receipts?before=gen_1",
                    }
                )
        );
        yield return new(
            "receipts-empty",
            () =>
                Page.Of<ReceiptsPage, ReceiptsModel>(
                    new()
                    {
                        Scope = s_scope,
                        Lines = [],
                        Names = s_names,
                        IsFirstPage = true,
                    }
                )
        );
        yield return new(
            "receipt",
            () =>
                Page.Of<ReceiptPage, ReceiptModel>(
                    new()
                    {
                        Receipt = TheReceipt,
                        ProjectName = "Personal",
                        Payer = "Margin Notes",
                        Usage = ReceiptTexts.Of(TheReceipt.UsageJson),
                        UnitPrices = ReceiptTexts.OfPrices(TheReceipt.PriceJson),
                        Route = ReceiptTexts.Of(TheReceipt.RouteJson),
                        Jws = new string('j', 900),
                    }
                )
        );
    }

    private static IEnumerable<Exhibit> OfAccount()
    {
        yield return new(
            "account",
            () =>
                Page.Of<AccountPage, AccountModel>(
                    new()
                    {
                        Person = Person,
                        OffersPasskeys = true,
                        Passkeys = [new("p1", LongName, Now, Now), new("p2", "Phone", Now, null)],
                        Sessions =
                        [
                            new("s1", "Firefox on Linux", "192.0.2.7", Now, Now, true),
                            new(
                                "s2",
                                "Unknown browser",
                                "2001:db8:85a3::8a2e:370:7334",
                                Now,
                                Now,
                                false
                            ),
                        ],
                        Done = "Saved.",
                        Failed = "That passkey is gone already.",
                    }
                )
        );
        yield return new(
            "account-email",
            () =>
                Page.Of<EmailPage, EmailModel>(
                    new()
                    {
                        Current = Person.Email,
                        Email = "x",
                        Error = "Enter an e-mail address.",
                        SentTo = "new@example.com",
                    }
                )
        );
        yield return new(
            "passkey-new",
            () => Page.Of<PasskeyNewPage, PasskeyNewModel>(new("That did not work. Try again."))
        );
        yield return new(
            "passkey-name",
            () => Page.Of<PasskeyNamePage, Passkey>(new("p1", LongName, Now, null))
        );
        yield return new(
            "link",
            () =>
                Page.Of<LinkPage, LinkModel>(
                    new()
                    {
                        Title = "Confirm the new address",
                        Text = "From now on you sign in with new@example.com.",
                        Action = "/x",
                        Verb = "Confirm",
                        Warning = "Other browsers are signed out.",
                    }
                ),
            SignedIn: false
        );
    }

    private static UsageLine ReceiptLine(string model, string outcome, long nano) =>
        new()
        {
            Id = new("gen_019a3f6c2b7d7c41a1d2c3b4e5f60718"),
            ChargedAt = Now,
            Model = model,
            Key = new("key_1"),
            App = new("gw_app_1"),
            Outcome = outcome,
            Charged = new(nano),
        };
}
