using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Http.Docs;

/// <summary>The page behind every <c>docs_url</c>, written once at start from the same table that
/// answers the errors.</summary>
internal sealed class ErrorPages
{
    private const string SampleRequestId = "req_019a3f6c2b7d7c41a1d2c3b4e5f60718";

    private static readonly JsonSerializerOptions s_readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly FrozenDictionary<string, byte[]> _pages;

    public ErrorPages(DenialTable table)
    {
        var entries = ErrorArticles.All.Select(article => new Entry(article, table)).ToList();
        _pages = entries.ToFrozenDictionary(
            entry => entry.Name,
            entry => Encoding.UTF8.GetBytes(Page(entry)),
            StringComparer.Ordinal
        );
        Index = Encoding.UTF8.GetBytes(IndexPage(entries));
        Unknown = Encoding.UTF8.GetBytes(UnknownPage());
    }

    public byte[] Index { get; }

    public byte[] Unknown { get; }

    public byte[]? Find(string code) => _pages.GetValueOrDefault(code);

    private sealed class Entry(ErrorArticle article, DenialTable table)
    {
        public ErrorArticle Article => article;

        public Refusal OpenAi { get; } = Refuse(article, table, WireFormat.OpenAiChat);

        public Refusal Anthropic { get; } = Refuse(article, table, WireFormat.AnthropicMessages);

        public string Name => OpenAi.Page;

        public string Action => OpenAi.Facts.Gateway?.Action ?? "none";

        private static Refusal Refuse(
            ErrorArticle article,
            DenialTable table,
            WireFormat dialect
        ) => table.Refuse(article.Sample, dialect, balanceVisible: true, SampleRequestId);
    }

    private static string Page(Entry entry)
    {
        var page = Begin(entry.Name, "/docs/errors", "All error codes");
        page.Text("h1", entry.Name).Open("p", "facts");
        page.Text("span", $"HTTP {Statuses(entry)}");
        page.Text("span", Retries(entry), entry.OpenAi.ShouldRetry ? "wait" : "stop");
        page.Text("span", $"Recovery: {entry.Action}").Close("p");

        page.Text("h2", "What happened").Text("p", entry.Article.WhatHappened);
        page.Text("h2", "The way out").Open("ol");
        foreach (var step in entry.Article.WayOut)
        {
            page.Text("li", step);
        }

        page.Close("ol");
        page.Text("h2", "In your app").Text("p", InTheSdk(entry.Action));
        page.Text("h2", "OpenAI dialect")
            .Code("Example answer, OpenAI dialect", Example(entry.OpenAi, WireFormat.OpenAiChat));
        page.Text("h2", "Anthropic dialect")
            .Code(
                "Example answer, Anthropic dialect",
                Example(entry.Anthropic, WireFormat.AnthropicMessages)
            );
        return page.Close("main").ToString();
    }

    private static string IndexPage(List<Entry> entries)
    {
        var page = Begin("Error codes", "/docs/errors", "All error codes");
        page.Text("h1", "Error codes", "words");
        page.Text(
            "p",
            "Every refusal carries a stable code, a sentence that names the way out and the address "
                + "of its page here. 402 is for what only the user can end and is never retried; "
                + "what passes by itself is 429 or 503 with Retry-After."
        );
        page.Open("table").Open("thead").Open("tr");
        page.Text("th", "Code").Text("th", "HTTP").Text("th", "Recovery");
        page.Close("tr").Close("thead").Open("tbody");
        foreach (var entry in entries.OrderBy(e => e.OpenAi.Facts.Status))
        {
            page.Open("tr").Open("td", "code").Link("/docs/errors/" + entry.Name, entry.Name);
            page.Close("td").Text("td", Statuses(entry)).Text("td", entry.Action).Close("tr");
        }

        return page.Close("tbody").Close("table").Close("main").ToString();
    }

    private static string UnknownPage()
    {
        var page = Begin("No such code", "/docs/errors", "All error codes");
        page.Text("h1", "No such error code", "words");
        page.Text("p", "This gateway has no error of that name. It may belong to a newer version.");
        return page.Close("main").ToString();
    }

    private static HtmlPage Begin(string title, string href, string link) =>
        new HtmlPage($"{title} · Arda Gateway", DocsEndpoints.StylesheetUrl)
            .Open("header")
            .Text("span", "Arda Gateway", "brand")
            .Link(href, link)
            .Close("header")
            .Open("main", id: "content");

    private static string Statuses(Entry entry)
    {
        var (openAi, anthropic) = (entry.OpenAi.Facts.Status, entry.Anthropic.Facts.Status);
        return openAi == anthropic
            ? openAi.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{openAi} or {anthropic}");
    }

    private static string Retries(Entry entry) =>
        entry.OpenAi.ShouldRetry
            ? "Passes by itself: retry after the wait"
            : "Do not retry as it is";

    private static string InTheSdk(string action) =>
        action switch
        {
            "open_portal" =>
                "evaluateGatewayInferenceRecovery(err, …) answers 'open_portal'. Pass it "
                    + "to createPortalSessionForRecovery and open the link it gives; afterwards send "
                    + "the same request again.",
            "reconnect" =>
                "evaluateGatewayInferenceRecovery(err, …) answers 'reconnect'. Start the "
                    + "connect flow again (createGatewayOAuthAuthorizationUrl, or a device code) and "
                    + "replace the stored key.",
            "wait" => "evaluateGatewayInferenceRecovery(err, …) answers 'wait' with "
                + "retryAfterSeconds. There is nothing for the user to do.",
            "contact_app" =>
                "evaluateGatewayInferenceRecovery(err, …) answers 'contact_app'. Say so; "
                    + "neither the user nor a retry can change it.",
            _ =>
                "evaluateGatewayInferenceRecovery(err, …) answers 'none': this is no billing matter. "
                    + "Handle it as you would with the provider itself.",
        };

    private static string Example(Refusal refusal, WireFormat dialect)
    {
        var body = new ArrayBufferWriter<byte>(512);
        ErrorJson.WriteBody(dialect, refusal.Facts, body);
        using var document = JsonDocument.Parse(body.WrittenMemory);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {refusal.Facts.Status}\n");
        text.Append("content-type: application/json\n");
        text.Append("x-should-retry: ").Append(refusal.ShouldRetry ? "true\n" : "false\n");
        if (refusal.RetryAfter is { } wait)
        {
            var seconds = DenialTable.SecondsCeiling(wait);
            text.Append(CultureInfo.InvariantCulture, $"retry-after: {seconds}\n");
        }

        return text.Append('\n')
            .Append(JsonSerializer.Serialize(document.RootElement, s_readable))
            .ToString();
    }
}
