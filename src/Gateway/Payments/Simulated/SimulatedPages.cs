using System.Globalization;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>The hosted pages: checkout, the bank's 3-D Secure page, receipts.</summary>
internal static class SimulatedPages
{
    public static void MapSimulatedPages(this IEndpointRouteBuilder root)
    {
        root.MapGet("/checkout/{id}", ShowCheckoutAsync);
        root.MapPost("/checkout/{id}", PayAsync).DisableAntiforgery();
        root.MapGet("/3ds/{id}", ShowBankAsync);
        root.MapPost("/3ds/{id}", AskBankAsync).DisableAntiforgery();
        root.MapGet("/receipts/{id}", ShowReceiptAsync);
        root.MapSimulatedConnectPages();
    }

    private static Task<IResult> ShowCheckoutAsync(
        HttpContext http,
        SimulatedServer server,
        string id
    ) => ShowAsync(http, server, id, problem: null);

    private static async Task<IResult> ShowAsync(
        HttpContext http,
        SimulatedServer server,
        string id,
        string? problem
    )
    {
        var page = await FindAsync(server, id, "checkout.session");
        if (page?.Text("status") != "open")
        {
            return Gone(http);
        }

        var isSetup = page.Text("mode") == "setup";
        var html = new SimulatedHtml(isSetup ? "Save a card" : "Pay " + Price(page));
        if (problem is not null)
        {
            html.Text("p", problem, role: "alert");
        }

        await AddSavedCardsAsync(server, html, page);
        html.OpenForm($"{SimulatedServer.Root}/checkout/{id}")
            .Input("number", "Card number", "4242 4242 4242 4242", "cc-number")
            .Input("expiry", "Expiry", "12 / 34", "cc-exp")
            .Input("cvc", "CVC", "123", "cc-csc")
            .Button(isSetup ? "Save card" : "Pay " + Price(page), "act", "pay")
            .CloseForm()
            .OpenForm($"{SimulatedServer.Root}/checkout/{id}")
            .Button("Cancel", "act", "cancel", isQuiet: true)
            .CloseForm()
            .Cards();
        return SimulatedEndpoints.Page(http, html, problem is null ? 200 : 402);
    }

    // As the real page: a saved card pays with one press, another one can still be typed.
    private static async Task AddSavedCardsAsync(
        SimulatedServer server,
        SimulatedHtml html,
        JsonObject page
    )
    {
        var saved = await server.RunAsync(books => SimulatedPageActs.SavedCards(books, page));
        foreach (var method in saved)
        {
            var card = method["card"]!.AsObject();
            var name = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(card.Text("brand"));
            html.OpenForm($"{SimulatedServer.Root}/checkout/{page.Text("id")}")
                .Hidden("number", method.Text("id"))
                .Button(
                    $"Pay {Price(page)} with {name} ending in {card.Text("last4")}",
                    "act",
                    "pay"
                )
                .CloseForm();
        }

        if (saved.Count > 0)
        {
            html.Text("h2", "Or use another card");
        }
    }

    private static async Task<IResult> PayAsync(HttpContext http, SimulatedServer server, string id)
    {
        var form = await http.Request.ReadFormAsync();
        if (await FindAsync(server, id, "checkout.session") is not { } page)
        {
            return Gone(http);
        }

        if (form["act"] == "cancel")
        {
            return BackTo(page, "cancel_url");
        }

        var typed = form["number"].ToString();
        if (await PayWithAsync(server, page, typed, bankSays: null) is not { } paid)
        {
            const string Words = "That is none of the test cards; choose one from the list below.";
            return await ShowAsync(http, server, id, Words);
        }

        return paid.Step switch
        {
            PayStep.Done => BackTo(page, "success_url"),
            PayStep.AskBank => TypedResults.Redirect(
                $"{SimulatedServer.Root}/3ds/{id}?card={Uri.EscapeDataString(typed)}"
            ),
            PayStep.Declined => await ShowAsync(http, server, id, paid.Words),
            _ => Gone(http),
        };
    }

    private static async Task<IResult> ShowBankAsync(
        HttpContext http,
        SimulatedServer server,
        string id,
        string card
    )
    {
        if (await FindAsync(server, id, "checkout.session") is not { } page)
        {
            return Gone(http);
        }

        var html = new SimulatedHtml("Your bank asks you")
            .Text("p", $"Do you want to confirm this payment{Amount(page)}?")
            .OpenForm($"{SimulatedServer.Root}/3ds/{id}")
            .Hidden("card", card)
            .Button("Confirm", "act", "pass")
            .Button("Refuse", "act", "fail", isQuiet: true)
            .CloseForm();
        return SimulatedEndpoints.Page(http, html);
    }

    private static async Task<IResult> AskBankAsync(
        HttpContext http,
        SimulatedServer server,
        string id
    )
    {
        var form = await http.Request.ReadFormAsync();
        var passed = form["act"] == "pass";
        if (
            await FindAsync(server, id, "checkout.session") is not { } page
            || await PayWithAsync(server, page, form["card"].ToString(), passed) is not { } paid
        )
        {
            return Gone(http);
        }

        return paid.Step switch
        {
            PayStep.Done => BackTo(page, "success_url"),
            PayStep.Declined => await ShowAsync(http, server, id, paid.Words),
            _ => Gone(http),
        };
    }

    /// <param name="server">The provider.</param>
    /// <param name="page">What is paid.</param>
    /// <param name="typed">The number or token of a test card, or the id of a saved one.</param>
    /// <param name="bankSays">Null before the bank was asked.</param>
    /// <returns>Null when that is no card.</returns>
    private static Task<Paid?> PayWithAsync(
        SimulatedServer server,
        JsonObject page,
        string typed,
        bool? bankSays
    ) =>
        server.RunAsync(books =>
        {
            var saved = SimulatedPageActs
                .SavedCards(books, page)
                .FirstOrDefault(method => method.Text("id") == typed);
            var card = SimulatedCards.Find(saved is null ? typed : books.CardOf(typed));
            return card is null
                ? null
                : SimulatedPageActs.Pay(books, page.Text("id"), card, bankSays, saved);
        });

    private static async Task<IResult> ShowReceiptAsync(
        HttpContext http,
        SimulatedServer server,
        string id
    )
    {
        if (await FindAsync(server, id, "charge") is not { } charge)
        {
            return Gone(http);
        }

        var html = new SimulatedHtml("Receipt")
            .Text("p", $"{Money(charge.Long("amount"), charge.Text("currency"))} paid")
            .Text("p", $"{Money(charge.Long("amount_refunded"), charge.Text("currency"))} refunded")
            .Text("p", charge.Text("id"));
        return SimulatedEndpoints.Page(http, html);
    }

    internal static Task<JsonObject?> FindAsync(SimulatedServer server, string id, string kind) =>
        server.RunAsync(books =>
            books.Find(id) is { } item && item.Text("object") == kind
                ? kind == "checkout.session"
                    ? SimulatedPageActs.Refresh(books, item)
                    : item
                : null
        );

    private static IResult BackTo(JsonObject page, string name) =>
        page.TextOrNull(name) is { } url
            ? TypedResults.Redirect(
                url.Replace("{CHECKOUT_SESSION_ID}", page.Text("id"), StringComparison.Ordinal)
            )
            : TypedResults.NoContent();

    internal static IResult Gone(HttpContext http) =>
        SimulatedEndpoints.Page(
            http,
            new SimulatedHtml("This page is closed").Text(
                "p",
                "It was paid, cancelled or has expired. Go back to the app and begin again."
            ),
            StatusCodes.Status410Gone
        );

    private static string Amount(JsonObject page) =>
        page.Text("mode") == "setup" ? "" : " of " + Price(page);

    private static string Price(JsonObject page) =>
        Money(page.Long("amount_total"), page.Text("currency"));

    // Test money is counted in dollars everywhere else; the note on each page says what it is.
    internal static string Money(long cents, string currency) =>
        currency is "xts" or "usd"
            ? string.Create(CultureInfo.InvariantCulture, $"${cents / 100m:0.00}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{cents / 100m:0.00} {currency.ToUpperInvariant()}"
            );
}
