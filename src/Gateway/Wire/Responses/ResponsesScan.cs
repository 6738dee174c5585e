using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>
/// Looks through a response object, or an event that may hold one, for what metering needs, in one
/// pass over its bytes, building nothing.
/// </summary>
internal ref struct ResponsesScan
{
    public UsageCounts Usage;
    public Range UsageAt;
    public Range ModelAt;

    /// <summary>Of the items of a whole response.</summary>
    public long OutputBytes;

    /// <summary>Of an event's own piece.</summary>
    public long DeltaBytes;

    public EventKind Kind;
    public bool HasError;

    private string? _tier;
    private long _searches;

    public enum EventKind
    {
        Other,

        /// <summary>response.completed or response.incomplete.</summary>
        End,

        /// <summary>response.failed or error.</summary>
        Failure,
    }

    /// <exception cref="WireFormatException">The bytes are not a JSON object.</exception>
    public static ResponsesScan Read(ReadOnlySpan<byte> json)
    {
        var scan = new ResponsesScan();
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new WireFormatException("The upstream sent JSON that is not an object.");
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                scan.ReadEventMember(ref reader);
            }
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new WireFormatException("The upstream sent something that is not JSON.", e);
        }
        scan.Usage.ServiceTier ??= scan._tier;
        scan.Usage.OutputSearches = scan._searches;
        return scan;
    }

    private void ReadEventMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("type"u8))
        {
            reader.Read();
            Kind = KindOf(ref reader);
            JsonScan.Skip(ref reader);
        }
        else if (reader.ValueTextEquals("delta"u8))
        {
            reader.Read();
            DeltaBytes = JsonScan.TextBytes(ref reader);
            JsonScan.Skip(ref reader);
        }
        else if (reader.ValueTextEquals("response"u8))
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                JsonScan.Skip(ref reader);
                return;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                ReadResponseMember(ref reader);
            }
        }
        else
        {
            ReadResponseMember(ref reader);
        }
    }

    private static EventKind KindOf(ref Utf8JsonReader reader) =>
        reader.TokenType != JsonTokenType.String ? EventKind.Other
        : reader.ValueTextEquals("response.completed"u8)
        || reader.ValueTextEquals("response.incomplete"u8)
            ? EventKind.End
        : reader.ValueTextEquals("response.failed"u8) || reader.ValueTextEquals("error"u8)
            ? EventKind.Failure
        : EventKind.Other;

    private void ReadResponseMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("usage"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            Usage = UsageCounts.Read(ref reader);
            UsageAt = Usage.IsSaid ? start..(int)reader.BytesConsumed : default;
        }
        else if (reader.ValueTextEquals("output"u8))
        {
            reader.Read();
            ReadOutput(ref reader);
        }
        else if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            ModelAt =
                reader.TokenType == JsonTokenType.String
                    ? start..(int)reader.BytesConsumed
                    : default;
            JsonScan.Skip(ref reader);
        }
        else if (reader.ValueTextEquals("service_tier"u8))
        {
            reader.Read();
            _tier = ServiceTiers.Read(ref reader);
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            HasError |= reader.TokenType != JsonTokenType.Null;
            JsonScan.Skip(ref reader);
        }
        else
        {
            reader.Read();
            JsonScan.Skip(ref reader);
        }
    }

    private void ReadOutput(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            JsonScan.Skip(ref reader);
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadItem(ref reader);
            }
            else
            {
                JsonScan.Skip(ref reader);
            }
        }
    }

    private void ReadItem(ref Utf8JsonReader reader)
    {
        var isSearch = false;
        var isSearchAction = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                isSearch =
                    reader.TokenType == JsonTokenType.String
                    && reader.ValueTextEquals("web_search_call"u8);
                JsonScan.Skip(ref reader);
            }
            else if (reader.ValueTextEquals("action"u8))
            {
                reader.Read();
                isSearchAction = IsSearchAction(ref reader);
            }
            else if (reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("summary"u8))
            {
                reader.Read();
                OutputBytes += TextsIn(ref reader);
            }
            else
            {
                var isArguments = reader.ValueTextEquals("arguments"u8);
                reader.Read();
                OutputBytes += isArguments ? JsonScan.TextBytes(ref reader) : 0;
                JsonScan.Skip(ref reader);
            }
        }
        _searches += isSearch && isSearchAction ? 1 : 0;
    }

    private static bool IsSearchAction(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            JsonScan.Skip(ref reader);
            return true;
        }
        var isSearch = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                isSearch = reader.ValueTextEquals("search"u8);
            }
            JsonScan.Skip(ref reader);
        }
        return isSearch;
    }

    private static long TextsIn(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            JsonScan.Skip(ref reader);
            return 0;
        }
        var bytes = 0L;
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (
                reader.TokenType == JsonTokenType.PropertyName
                && reader.CurrentDepth == depth + 2
                && (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("refusal"u8))
            )
            {
                reader.Read();
                bytes += JsonScan.TextBytes(ref reader);
            }
        }
        return bytes;
    }
}
