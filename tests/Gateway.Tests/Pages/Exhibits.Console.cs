using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages;
using Arda.Gateway.Pages.Account;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Parts;
using static Arda.Gateway.Tests.Pages.Samples;

namespace Arda.Gateway.Tests.Pages;

// The console and the account.
internal static partial class Exhibits
{
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
    }

    private static IEnumerable<Exhibit> MoreConsole()
    {
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
    }

    private static IEnumerable<Exhibit> FurtherConsole()
    {
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
    }

    private static IEnumerable<Exhibit> MoreMoney()
    {
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
    }

    private static IEnumerable<Exhibit> FurtherMoney()
    {
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
                        Person = Samples.Person,
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
                        Current = Samples.Person.Email,
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
    }

    private static IEnumerable<Exhibit> MoreOfAccount()
    {
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
