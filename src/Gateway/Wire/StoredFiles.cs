using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire;

/// <summary>
/// Files, stores and containers that a request names by an id of the provider's. They lie in the
/// operator's one account, where every user's id would be as good as another's, so none may be named:
/// a file is sent whole. What a history merely repeats (citations, outputs of tools) names them too,
/// and opens nothing.
/// </summary>
public static class StoredFiles
{
    private const string Container = "container";

    // Letters that are written as escapes could hide a name from this look at the bytes.
    private static ReadOnlySpan<byte> EscapedSign => "\\u005"u8;
    private static ReadOnlySpan<byte> EscapedLetter => "\\u006"u8;
    private static ReadOnlySpan<byte> EscapedLaterLetter => "\\u007"u8;

    /// <summary>The refusal of a scanned request, whatever its upstream; null if it may go
    /// on.</summary>
    public static Denial? Refuse(WireFormat dialect, RequestScan scan, ReadOnlyMemory<byte> body)
    {
        if (!MayName(body.Span))
        {
            return null;
        }

        var options = new JsonDocumentOptions { MaxDepth = RequestScan.DepthMax };
        using var document = JsonDocument.Parse(body, options);
        var root = document.RootElement;
        if (dialect == WireFormat.AnthropicMessages && IsThere(root, Container))
        {
            return Refused(Container, "A container of an earlier request cannot be used: leave");
        }

        foreach (var name in (ReadOnlySpan<string>)["messages", "input", "system"])
        {
            if (root.TryGetProperty(name, out var content) && NamesFile(content))
            {
                return new Denial.UnsupportedParameter(
                    "file_id",
                    $"'{name}' refers to a stored file. No files are stored here: send its data."
                );
            }
        }

        return root.TryGetProperty("tools", out var tools) ? OfTools(tools) : null;
    }

    private static bool MayName(ReadOnlySpan<byte> body) =>
        body.IndexOf("file_id"u8) >= 0
        || body.IndexOf("vector_store_ids"u8) >= 0
        || body.IndexOf("\"container\""u8) >= 0
        || body.IndexOf(EscapedSign) >= 0
        || body.IndexOf(EscapedLetter) >= 0
        || body.IndexOf(EscapedLaterLetter) >= 0;

    private static bool NamesFile(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => value.EnumerateArray().Any(NamesFile),
            JsonValueKind.Object => IsFileOf(value) || value.EnumerateObject().Any(NamesFile),
            _ => false,
        };

    // What a tool was called with is the model's own words.
    private static bool NamesFile(JsonProperty member) =>
        !member.NameEquals("input"u8)
        && !member.NameEquals("arguments"u8)
        && NamesFile(member.Value);

    private static bool IsFileOf(JsonElement part) =>
        IsThere(part, "file_id")
        && (
            !part.TryGetProperty("type", out var type)
            || type.ValueKind != JsonValueKind.String
            || type.GetString() is "file" or "container_upload" or "input_file" or "input_image"
        );

    private static Denial? OfTools(JsonElement tools)
    {
        if (tools.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.ValueKind != JsonValueKind.Object)
            {
                continue;
            }

            if (IsThere(tool, "vector_store_ids"))
            {
                return Refused("vector_store_ids", "No files are stored here to search: leave");
            }

            if (
                tool.TryGetProperty(Container, out var container)
                && (
                    container.ValueKind == JsonValueKind.String
                    || (
                        container.ValueKind == JsonValueKind.Object
                        && IsThere(container, "file_ids")
                    )
                )
            )
            {
                return Refused(
                    Container,
                    "A container of an earlier request, or with stored files, cannot be used: leave"
                );
            }
        }

        return null;
    }

    private static bool IsThere(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static Denial.UnsupportedParameter Refused(string name, string why) =>
        new(name, $"{why} '{name}' out.");
}
