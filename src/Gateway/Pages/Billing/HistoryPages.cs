using System.Globalization;
using System.Text;
using Arda.Gateway.Http;
using Arda.Gateway.Ledger;

namespace Arda.Gateway.Pages.Billing;

/// <summary>Every line of the books, as a page and as a file.</summary>
internal sealed class HistoryPages(PortalDesk desk, Statements statements, StatementWords words)
{
    private const string Path = PortalDesk.OfProject + "/history";
    private const int LinesOfAPage = 50;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapSignedInPage(Path, on => desk.WithAsync(on, scope => ShowAsync(on, scope)));
        routes.MapSignedInPage(
            Path + "/csv",
            on => desk.WithAsync(on, scope => Task.FromResult<IResult>(new Csv(this, on, scope)))
        );
    }

    private async Task<IResult> ShowAsync(SignedIn on, PortalScope scope)
    {
        var place = StatementPlace.Read(on.Http.Request.Query["below"]);
        // One more than is shown tells whether there are older ones.
        var lines = await statements.ListAsync(
            scope.Project.Id,
            place ?? StatementPlace.End,
            LinesOfAPage + 1,
            on.Ct
        );
        var shown = lines.Take(LinesOfAPage).ToList();
        return Page.Of<HistoryPage, HistoryModel>(
            new HistoryModel
            {
                Scope = scope,
                Lines = await words.OfAsync(scope.Project.Id, shown, on.Ct),
                IsFirstPage = place is null,
                OlderUrl =
                    lines.Count > LinesOfAPage
                        ? Below(scope.Url("/history"), shown[^1].Place)
                        : null,
            }
        );
    }

    private static string Below(string url, StatementPlace place) =>
        url
        + (url.Contains('?', StringComparison.Ordinal) ? "&below=" : "?below=")
        + Uri.EscapeDataString(place.ToString());

    // Written as it is read: the books of years fit into no memory.
    private async Task WriteAsync(SignedIn on, PortalScope scope)
    {
        var response = on.Http.Response;
        SecurityHeaders.ApplyToPage(response.Headers);
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentDisposition =
            $"attachment; filename=\"{scope.Project.Slug}-history.csv\"";
        var telling = await words.BeginAsync(scope.Project.Id, on.Ct);
        await using var text = new StreamWriter(response.Body, new UTF8Encoding(false));
        await text.WriteAsync("time,kind,what,through,change_usd,moved_usd,reference,receipt\r\n");
        await foreach (var line in statements.ReadAsync(scope.Project.Id, on.Ct))
        {
            await text.WriteAsync(RowOf(await telling.OfAsync(line, on.Ct)));
        }
    }

    private static string RowOf(HistoryLine told)
    {
        var line = told.Line;
        return string.Join(
                ',',
                line.At.UtcDateTime.ToString(
                    "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                    CultureInfo.InvariantCulture
                ),
                line.Kind,
                Cell(told.What),
                Cell(told.Through),
                line.Change.ToString(),
                line.Moved.ToString(),
                Cell(line.Generation?.Value ?? line.External),
                Cell(told.ReceiptUrl)
            ) + "\r\n";
    }

    // A name that begins like a formula would be run by a spreadsheet.
    internal static string Cell(string? text) =>
        text is not { Length: > 0 } ? ""
        : text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? Quoted("'" + text)
        : Quoted(text);

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") < 0
            ? text
            : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private sealed class Csv(HistoryPages pages, SignedIn on, PortalScope scope) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) =>
            HttpMethods.IsHead(httpContext.Request.Method)
                ? Task.CompletedTask
                : pages.WriteAsync(on, scope);
    }
}
