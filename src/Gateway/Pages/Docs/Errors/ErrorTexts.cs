using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Docs;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Pages.Docs.Errors;

/// <summary>The page behind every <c>docs_url</c>, as Markdown, written from the same table that
/// answers the errors.</summary>
internal sealed class ErrorTexts
{
    private const string SampleRequestId = "req_019a3f6c2b7d7c41a1d2c3b4e5f60718";

    private static readonly JsonSerializerOptions s_readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Dictionary<string, Entry> _entries;

    public ErrorTexts(DenialTable table) =>
        _entries = ErrorArticles
            .All.Select(article => new Entry(article, table))
            .ToDictionary(entry => entry.Name, StringComparer.Ordinal);

    public IReadOnlyCollection<string> Codes => _entries.Keys;

    public string Of(string code)
    {
        var entry = _entries[code];
        var text = new StringBuilder();
        text.Append("# ").Append(Escaped(code)).Append("\n\n");
        text.Append(Escaped(entry.Article.WhatHappened)).Append("\n\n");
        text.Append("| HTTP status | send it again | recovery |\n|---|---|---|\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"| {Statuses(entry)} | {Retries(entry)} | `{entry.Action}` |\n\n"
        );
        text.Append("## The way out\n\n");
        foreach (var step in entry.Article.WayOut)
        {
            text.Append("1. ").Append(Escaped(step)).Append('\n');
        }

        text.Append("\n## In your app\n\n").Append(InTheSdk(entry.Action)).Append("\n\n");
        AppendExample(text, "OpenAI", entry.OpenAi, WireFormat.OpenAiChat);
        AppendExample(text, "Anthropic", entry.Anthropic, WireFormat.AnthropicMessages);
        return text.ToString();
    }

    private static void AppendExample(
        StringBuilder text,
        string name,
        Refusal refusal,
        WireFormat dialect
    ) =>
        text.Append(
            CultureInfo.InvariantCulture,
            $"## {name} dialect\n\n```http\n{Head(refusal)}```\n\n```json\n{Body(refusal, dialect)}\n```\n\n"
        );

    private static string Statuses(Entry entry)
    {
        var (openAi, anthropic) = (entry.OpenAi.Facts.Status, entry.Anthropic.Facts.Status);
        return openAi == anthropic
            ? openAi.ToString(CultureInfo.InvariantCulture)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{openAi}; {anthropic} in the Anthropic dialect"
            );
    }

    private static string Retries(Entry entry) =>
        entry.OpenAi.ShouldRetry ? "yes, after the wait: it passes by itself" : "not as it is";

    private static string InTheSdk(string action) =>
        "`evaluateGatewayInferenceRecovery` (.NET: `GatewayRecovery.OfError`) answers "
        + $"`{action}`. "
        + action switch
        {
            "open_portal" => "Hand it to `createPortalSessionForRecovery` and open the link; "
                + "afterwards send the same request again, or [let the call wait for its user]"
                + "(../site/recovery.md#let-the-call-wait).",
            "reconnect" => "Start the connect flow again, in "
                + "[the browser](../site/web-app.md) or with [a device code]"
                + "(../site/devices.md), and replace the stored key.",
            "wait" => "It carries the seconds to wait; there is nothing for the user to do.",
            "contact_app" => "Say so; neither the user nor a retry can change it.",
            _ => "This is no billing matter: handle it as you would with the provider itself.",
        };

    private static string Head(Refusal refusal)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {refusal.Facts.Status}\n");
        text.Append("content-type: application/json\n");
        text.Append("x-should-retry: ").Append(refusal.ShouldRetry ? "true\n" : "false\n");
        if (refusal.RetryAfter is { } wait)
        {
            var seconds = DenialTable.SecondsCeiling(wait);
            text.Append(CultureInfo.InvariantCulture, $"retry-after: {seconds}\n");
        }

        return text.ToString();
    }

    private static string Body(Refusal refusal, WireFormat dialect)
    {
        var body = new ArrayBufferWriter<byte>(512);
        ErrorJson.WriteBody(dialect, refusal.Facts, body);
        using var document = JsonDocument.Parse(body.WrittenMemory);
        return JsonSerializer.Serialize(document.RootElement, s_readable);
    }

    // The articles are plain sentences; none of their letters is markup.
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (letter is '\\' or '*' or '_' or '[' or ']' or '<' or '`' or '|' or '#')
            {
                escaped.Append('\\');
            }

            escaped.Append(letter);
        }

        return escaped.ToString();
    }

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
}
