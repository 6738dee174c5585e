using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Consent;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Parts;

namespace Arda.Gateway.Tests.Pages;

/// <summary>What pages are shown with: ordinary things, and the longest and oddest that can
/// come.</summary>
internal static class Samples
{
    public const string LongName =
        "Ünübersehbar-langer-Name-ohne-eine-einzige-Lücke-bis-zum-hundertsten-Zeichen <b>und</b> mehr";

    public static readonly DateTimeOffset Now = new(2026, 11, 25, 20, 13, 0, TimeSpan.Zero);

    public static readonly Person Person = new(
        new("usr_1"),
        "somebody.with.quite.a.long.address@department.of.a.company.example",
        null,
        false,
        Now
    );

    public static readonly Session Session = new()
    {
        Id = "ses_1",
        Person = Person,
        Method = SignInMethod.EmailCode,
        CreatedAt = Now,
        AuthenticatedAt = Now,
        SeenAt = Now,
        IsFresh = true,
    };

    public static readonly Project Personal = NewProject("Personal", "personal");

    public static readonly Project Long = NewProject(LongName, new string('a', 48));

    public static readonly GrantTermsModel Terms = new()
    {
        AppName = "Margin Notes",
        Description = "Reads along with you and answers questions about your documents.",
        Publisher = "Paper Lantern Software",
        VerifiedDomain = "paperlantern.example",
        Scopes =
        [
            Scope(Scopes.Inference, required: true),
            Scope(Scopes.ModelsRead, required: true),
            Scope(Scopes.BalanceRead),
            Scope(Scopes.BillingPortal),
            Scope(Scopes.UsageRead),
            Scope(Scopes.Email, ticked: false),
        ],
        MarkupBps = 1_500,
        ExampleWithout = NanoUsd.FromCents(1),
        ExampleWith = new(11_500_000),
        Projects =
        [
            new("prj_1", "Personal", NanoUsd.FromCents(2_345)),
            new("prj_2", "Work", NanoUsd.Zero),
        ],
        Project = "prj_1",
        MonthlyLimit = "10.00",
    };

    public static readonly GrantTermsModel LongTerms = Terms with
    {
        AppName = LongName,
        Publisher = LongName,
        VerifiedDomain = null,
        Projects = [new("prj_1", LongName, NanoUsd.FromCents(123_456_789))],
        Project = GrantForm.NewProject,
        ProjectError = "Give the project a name of 1 to 100 characters.",
        MonthlyLimit = "ten",
        LimitError =
            "Write dollars and cents, such as 10 or 10.50, at most 1000000, or leave it empty.",
    };

    public static ProjectLine Line(Project project, long cents, bool frozen = false) =>
        new()
        {
            Project = project,
            Balance = NanoUsd.FromCents(cents),
            Month = new(1_234_567_890),
            Frozen = frozen,
        };

    public static IReadOnlyList<Bar> Bars(int days, bool empty = false) =>
        [
            .. Enumerable
                .Range(0, days)
                .Select(i => new Bar(
                    $"{(i % 30) + 1} Nov",
                    empty ? NanoUsd.Zero : new(i * 37 % 11 * 12_345_678L),
                    empty ? 0 : i * 37 % 11
                )),
        ];

    public static KeyLine Key(string name, bool revoked = false, bool limited = true) =>
        new()
        {
            Key = new ApiKey
            {
                Id = new("key_019a3f6c2b7d7c41a1d2c3b4e5f60718"),
                Hint = "gw_sk_Ab12…9zYx",
                Name = name,
                Owner = Person.Id,
                Project = Personal.Id,
                Scopes = Scopes.OfAnOwnKey,
                MonthlyLimit = limited ? NanoUsd.FromCents(500) : null,
                CreatedAt = Now.AddDays(-40),
                LastUsedOn = limited ? new DateOnly(2026, 11, 24) : null,
                ExpiresAt = Now.AddDays(325),
                RevokedAt = revoked ? Now.AddDays(-1) : null,
                RevokedBecause = revoked ? RevokeReason.Owner : null,
            },
            ProjectName = "Personal",
            SpentThisMonth = new(2_345_678_900),
            Now = Now,
        };

    public static ConnectionLine Connection(
        string name,
        ConnectionState state = ConnectionState.Active,
        int? raisedTo = null,
        NanoUsd? limit = null
    ) =>
        new()
        {
            Id = new("con_" + name.Length + state),
            AppName = name,
            Publisher = "Paper Lantern Software",
            VerifiedDomain = raisedTo is null ? "paperlantern.example" : null,
            ProjectName = "Personal",
            State = state,
            Scopes = Scopes.OfAnOwnKey,
            MarkupBps = 1_500,
            RaisedTo = raisedTo,
            MonthlyLimit = limit,
            SpentThisMonth = new(4_200_000_000),
            LastUsedOn = new DateOnly(2026, 11, 24),
            CreatedAt = Now.AddDays(-3),
            Keys = 1,
        };

    public static UsageSummary Summary(bool empty = false) =>
        new()
        {
            From = new DateOnly(2026, 10, 27),
            To = new DateOnly(2026, 11, 25),
            Days = empty ? [] : [new("2026-11-25", 1_234, new(12_345_678_901))],
            Models = empty
                ? []
                :
                [
                    new("gpt-5", 1_000, new(12_000_000_000)),
                    new("a/" + LongName, 234, new(50_000)),
                ],
            Apps = empty
                ? []
                : [new("", 1_000, new(9_000_000_000)), new("gw_app_1", 234, new(3_345_678_901))],
            Keys = empty ? [] : [new("key_1", 1_234, new(12_345_678_901))],
        };

    public static readonly Receipt TheReceipt = new()
    {
        Id = new("gen_019a3f6c2b7d7c41a1d2c3b4e5f60718"),
        Project = Personal.Id,
        Key = new("key_1"),
        App = new("gw_app_1"),
        Model = "claude-sonnet-5",
        Provider = "anthropic",
        UpstreamRequestId = "req_011CSHoEeqs5C35K2UUqR7Fy",
        StartedAt = Now.AddSeconds(-3),
        ChargedAt = Now,
        Outcome = "completed",
        UsageSource = "provider",
        UsageJson = """{"input":1200,"cache_read":800,"output":345,"reasoning":120}""",
        PriceVersion = "5f2b0c9d1e",
        PriceJson =
            """{"model":"claude-sonnet-5","rates":{"input":"3","output":"15","cache_read":"0.3","web_search_per_request":"0.01"},"tiers":[{"from_input_tokens":200000,"input":"6"}]}""",
        RouteJson =
            """{"requested":"arda/auto","selected":"claude-sonnet-5","upstream_model":"claude-sonnet-5-20260915","streamed":true,"request_id":"req_019a","class":"coding","reason":"best score within the budget"}""",
        GatewayMarkupBps = 500,
        ResellerMarkupBps = 1_500,
        Charged = new(new(10_815_000), new(540_750), new(1_703_362)),
        Paid = new(3_059_112),
        Promo = new(10_000_000),
        Absorbed = NanoUsd.Zero,
        Hold = new(64_000_000),
        Currency = "XTS",
    };

    private static Project NewProject(string name, string slug) =>
        new()
        {
            Id = new("prj_" + slug),
            Slug = slug,
            Owner = Person.Id,
            Name = name,
            State = ProjectState.Active,
            CreatedAt = Now.AddDays(-100),
        };

    private static ScopeChoice Scope(string name, bool required = false, bool ticked = true) =>
        new(
            name,
            ScopeWords.Title(name),
            "As often as it needs to, within your limit.",
            required,
            ticked
        );
}
