namespace Arda.Gateway.Payments.Simulated;

/// <summary>The form in which a reseller says who they are and where money goes, and their view of
/// the account afterwards.</summary>
internal static class SimulatedConnectPages
{
    public static void MapSimulatedConnectPages(this IEndpointRouteBuilder root)
    {
        root.MapGet("/connect/{id}/{link}", ShowFormAsync);
        root.MapPost("/connect/{id}/{link}", LeaveFormAsync).DisableAntiforgery();
        root.MapGet("/express/{id}", ShowAccountAsync);
    }

    private static async Task<IResult> ShowFormAsync(
        HttpContext http,
        SimulatedServer server,
        string id,
        string link
    )
    {
        var opened = await server.RunAsync(books => SimulatedConnect.OpenLink(books, link));
        if (opened is not { } found)
        {
            return SimulatedPages.Gone(http);
        }

        // As the real one: a link that was used or is too old leads to where another is made.
        if (!found.IsGood)
        {
            return TypedResults.Redirect(found.RefreshUrl);
        }

        var html = new SimulatedHtml("Get paid")
            .Text("p", "The simulated form for payouts: say how it ends.")
            .OpenForm($"{SimulatedServer.Root}/connect/{id}/{link}")
            .Button("Finish", "act", "finish")
            .Button("Finish; papers are still looked at", "act", "verify", isQuiet: true)
            .Button("Leave half done", "act", "leave", isQuiet: true)
            .Button("Be rejected", "act", "reject", isQuiet: true)
            .CloseForm();
        return SimulatedEndpoints.Page(http, html);
    }

    private static async Task<IResult> LeaveFormAsync(
        HttpContext http,
        SimulatedServer server,
        string id,
        string link
    )
    {
        var form = await http.Request.ReadFormAsync();
        OnboardEnd? end = form["act"].ToString() switch
        {
            "finish" => OnboardEnd.Done,
            "verify" => OnboardEnd.Verifying,
            "reject" => OnboardEnd.Rejected,
            "leave" => OnboardEnd.LeftHalfway,
            _ => null,
        };
        var back = await server.RunAsync(books =>
        {
            if (
                end is not { } how
                || books.Find(link) is not { } found
                || found.Text("account") != id
                || found.Text("object") != "account_link"
            )
            {
                return null;
            }

            SimulatedConnect.Onboard(books, id, how);
            return found.TextOrNull("return_url");
        });
        return back is null ? SimulatedPages.Gone(http) : TypedResults.Redirect(back);
    }

    private static async Task<IResult> ShowAccountAsync(
        HttpContext http,
        SimulatedServer server,
        string id
    )
    {
        if (await SimulatedPages.FindAsync(server, id, "account") is not { } account)
        {
            return SimulatedPages.Gone(http);
        }

        var (balance, currency) = await server.RunAsync(books =>
            (
                SimulatedBankPayouts.BalanceOf(books, id),
                SimulatedConnect.Balance(books)["available"]![0]!["currency"]!.GetValue<string>()
            )
        );
        var html = new SimulatedHtml("Your payouts")
            .Text("p", account.Text("email"))
            .Text("p", $"{SimulatedPages.Money(balance, currency)} on the way to your bank")
            .Text(
                "p",
                account["payouts_enabled"]!.GetValue<bool>()
                    ? "Payouts are on."
                    : "Payouts are off: go back and finish the form."
            );
        return SimulatedEndpoints.Page(http, html);
    }
}
