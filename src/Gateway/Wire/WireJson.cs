using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>How every writer of this room makes JSON.</summary>
public static class WireJson
{
    /// <summary>Relaxed: our JSON is never embedded in HTML, and letters beyond ASCII stay
    /// themselves, as the vendors send them.</summary>
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Utf8JsonWriter NewWriter(IBufferWriter<byte> to) => new(to, Options);

    /// <summary>The bytes of one JSON value, for what a record keeps raw.</summary>
    public static JsonElement Build(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = NewWriter(buffer))
        {
            write(writer);
        }
        return RawJson.Parse(buffer.WrittenSpan);
    }
}
