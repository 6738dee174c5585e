using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Load.Mock;

/// <summary>What the mock reads of a request; null <see cref="Model"/> when it is none.</summary>
internal readonly record struct MockRequest(
    byte[]? Model,
    bool Stream,
    bool IncludeUsage,
    int PromptTokens
)
{
    public static async ValueTask<MockRequest> ReadAsync(HttpRequest from, CancellationToken ct)
    {
        while (true)
        {
            var read = await from.BodyReader.ReadAsync(ct);
            if (read.IsCompleted)
            {
                var request = Parse(read.Buffer);
                from.BodyReader.AdvanceTo(read.Buffer.End);
                return request;
            }

            from.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static MockRequest Parse(ReadOnlySequence<byte> body)
    {
        byte[]? model = null;
        bool stream = false,
            usage = false,
            messages = false;
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                reader.Read();
                switch (name)
                {
                    case "model":
                        model = Encoding.UTF8.GetBytes(reader.GetString() ?? "");
                        break;
                    case "stream":
                        stream = reader.TokenType == JsonTokenType.True;
                        break;
                    case "stream_options":
                        usage = AsksForUsage(ref reader);
                        break;
                    default:
                        messages |= name == "messages";
                        reader.Skip();
                        break;
                }
            }
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return default;
        }

        return messages ? new MockRequest(model, stream, usage, (int)body.Length / 4 + 1) : default;
    }

    private static bool AsksForUsage(ref Utf8JsonReader reader)
    {
        var asks = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            asks |= isUsage && reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }

        return asks;
    }
}
