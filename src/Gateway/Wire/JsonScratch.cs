using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>
/// A JSON writer with a buffer of its own, for a few members that are wanted as bytes or as text.
/// Each thread keeps one and lends it out: never hold it across an await.
/// </summary>
public sealed class JsonScratch : IDisposable
{
    private const int KeptBytesMax = 16 << 10;

    [ThreadStatic]
    private static JsonScratch? s_free;

    private readonly ArrayBufferWriter<byte> _bytes = new(512);

    private JsonScratch() => Writer = WireJson.NewWriter(_bytes);

    public Utf8JsonWriter Writer { get; }

    public static JsonScratch Rent()
    {
        var free = s_free ?? new JsonScratch();
        s_free = null;
        return free;
    }

    /// <summary>What was written so far; gone once this is given back.</summary>
    public ReadOnlySpan<byte> Written()
    {
        Writer.Flush();
        return _bytes.WrittenSpan;
    }

    public string Text() => Encoding.UTF8.GetString(Written());

    public void Dispose()
    {
        Writer.Flush();
        _bytes.ResetWrittenCount();
        Writer.Reset();
        if (_bytes.Capacity <= KeptBytesMax)
        {
            s_free = this;
        }
    }
}
