using Arda.Gateway.Http;
using Arda.Gateway.Pages.Account;
using Arda.Gateway.Pages.Billing;
using Arda.Gateway.Pages.Connect;
using Arda.Gateway.Pages.Consent;
using Arda.Gateway.Pages.Console;
using Arda.Gateway.Pages.Docs;
using Arda.Gateway.Pages.Docs.Api;
using Arda.Gateway.Pages.Docs.Search;
using Arda.Gateway.Pages.Mailbox;
using Arda.Gateway.Pages.Problems;
using Arda.Gateway.Pages.SignIn;
using Arda.Gateway.Pages.Styles;

namespace Arda.Gateway.Pages;

/// <summary>What Program.cs calls.</summary>
public static class PagesSetup
{
    // Addresses for people; whatever else is unknown stays the programs' business.
    private static readonly string[] s_places =
    [
        "/sign-in",
        "/sign-out",
        "/oauth/authorize",
        "/connect",
        "/connections",
        "/invite",
        "/account",
        "/console",
        "/billing",
        "/dev/mailbox",
        "/docs",
        "/assets",
    ];

    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddScoped<Visit>();
        services.AddSingleton<GrantForm>();
        services.AddSingleton<SignInPages>();
        services.AddSingleton<PasskeyPages>();
        services.AddSingleton<ExternalPages>();
        services.AddSingleton<ConsentPages>();
        services.AddSingleton<ConnectPages>();
        services.AddSingleton<ProjectLines>();
        services.AddSingleton<AppTitles>();
        services.AddSingleton<OverviewPages>();
        services.AddSingleton<ProjectPages>();
        services.AddSingleton<KeyPages>();
        services.AddSingleton<ConnectionPages>();
        services.AddSingleton<UsagePages>();
        services.AddSingleton<AccountPages>();
        services.AddSingleton<EmailPages>();
        services.AddSingleton<InvitePages>();
        services.AddSingleton<RevokeLinkPages>();
        services.AddSingleton<ApiDocument>();
        services.AddSingleton<DocsLibrary>();
        services.AddSingleton<DocsSearch>();
        services.AddSingleton<DocsPages>();
        services.AddPortal();
        return services;
    }

    /// <summary>Call it before the rooms that speak JSON on the same first segments: where both
    /// register words for an error, the first one speaks.</summary>
    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var dialects = services.GetRequiredService<ErrorDialects>();
        // An address for programs below one for people.
        OAuthErrors.SpeakUnder(dialects, "/oauth/authorize/info");
        foreach (var place in s_places)
        {
            dialects.Register(place, Problem.WriteAsync);
        }

        var people = routes.MapGroup("").AddEndpointFilter<PublicAddress>();
        people.MapGet("/", () => Page.SeeOther(Destinations.Home));
        // Under any name: pages that need no sign-in are shown under all of them.
        routes.MapAssets();
        services.GetRequiredService<SignInPages>().Map(people);
        services.GetRequiredService<PasskeyPages>().Map(people);
        services.GetRequiredService<ExternalPages>().Map(people);
        services.GetRequiredService<ConsentPages>().Map(people);
        services.GetRequiredService<ConnectPages>().Map(people);
        services.GetRequiredService<OverviewPages>().Map(people);
        services.GetRequiredService<ProjectPages>().Map(people);
        services.GetRequiredService<KeyPages>().Map(people);
        services.GetRequiredService<ConnectionPages>().Map(people);
        services.GetRequiredService<UsagePages>().Map(people);
        services.GetRequiredService<AccountPages>().Map(people);
        services.GetRequiredService<EmailPages>().Map(people);
        services.GetRequiredService<InvitePages>().Map(people);
        services.GetRequiredService<RevokeLinkPages>().Map(people);
        services.GetRequiredService<DocsPages>().Map(routes);
        people.MapPortal();
        people.MapMailbox();
    }
}
