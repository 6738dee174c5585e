using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>Documented in --help and the README of the CLI: scripts rely on them.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int CheckFailed = 1;
    public const int Usage = 2;
    public const int Refused = 3;
    public const int UserMustAct = 4;
    public const int TryLater = 5;
    public const int Interrupted = 130;
}

/// <summary>Why a command could not do its work, for a person to read.</summary>
internal sealed class CliFailure(int exitCode, string message, string? wayOut = null)
    : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public string? WayOut { get; } = wayOut;

    public string? Code { get; init; }

    public int? Status { get; init; }

    public string? DocsUrl { get; init; }

    public string? RequestId { get; init; }

    public void Print(TextWriter to, bool asJson)
    {
        if (asJson)
        {
            to.WriteLine(AsJson());
            return;
        }

        to.WriteLine($"error: {Message}");
        Line(to, "code", Status is null ? Code : $"{Code} (HTTP {Status})");
        Line(to, "way out", WayOut);
        Line(to, "more", DocsUrl);
        Line(to, "request", RequestId);
    }

    private static void Line(TextWriter to, string name, string? value)
    {
        if (value is not null)
        {
            to.WriteLine($"  {name, -8} {value}");
        }
    }

    private string AsJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, JsonText.Options))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", Message);
            json.WriteNumber("exit_code", ExitCode);
            foreach (
                var (name, value) in (ReadOnlySpan<(string, string?)>)
                    [
                        ("code", Code),
                        ("way_out", WayOut),
                        ("docs_url", DocsUrl),
                        ("request_id", RequestId),
                    ]
            )
            {
                if (value is not null)
                {
                    json.WriteString(name, value);
                }
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }
}
