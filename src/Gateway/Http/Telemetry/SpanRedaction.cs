using System.Diagnostics;
using Arda.Gateway.Http.Logs;
using OpenTelemetry;

namespace Arda.Gateway.Http.Telemetry;

/// <summary>
/// Takes secrets out of a span before an exporter sees it, as the log sink does with lines: the
/// address of an invitation or of a portal session is such a secret, and HTTP's conventions put
/// addresses into spans.
/// </summary>
internal sealed class SpanRedaction : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        data.DisplayName = Redaction.Apply(data.DisplayName);
        if (data.StatusDescription is { } description)
        {
            data.SetStatus(data.Status, Redaction.Apply(description));
        }

        List<(string Name, string Text)>? changed = null;
        foreach (ref readonly var tag in data.EnumerateTagObjects())
        {
            if (tag.Value is string text && Redaction.Apply(text) is var clean && clean != text)
            {
                (changed ??= []).Add((tag.Key, clean));
            }
        }

        foreach (var (name, text) in changed ?? [])
        {
            data.SetTag(name, text);
        }
    }
}
