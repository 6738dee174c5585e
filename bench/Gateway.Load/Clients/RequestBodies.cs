using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Arda.Gateway.Load.Clients;

/// <summary>Request bodies of a wanted size, in both dialects.</summary>
internal static class RequestBodies
{
    public const int SmallBytes = 512;
    public const int LargeBytes = 40 * 1024;

    // Escapes, a path, code and letters outside ASCII, as conversations have them.
    private const string Turn =
        "The import fails on line 12:\n\tvar rows = File.ReadLines(\"C:\\data\\städte.csv\");\n"
        + "It says \"access denied\" — why? Grüße, 東京. ";

    public static byte[] Chat(string model, int bytes, bool stream) =>
        Write(model, bytes, stream, isChat: true);

    public static byte[] Messages(string model, int bytes, bool stream) =>
        Write(model, bytes, stream, isChat: false);

    private static byte[] Write(string model, int bytes, bool stream, bool isChat)
    {
        var turns = new List<string> { "Say in a few sentences what a gateway does." };
        var body = Write(model, turns, stream, isChat);
        while (body.Length < bytes)
        {
            // Long messages while there is room, then plain letters to the exact length.
            var left = bytes - body.Length;
            if (left > 2 * Turn.Length + 60)
            {
                var repeats = Math.Clamp(left / 8 / Turn.Length, 1, 8);
                turns.Add(new StringBuilder().Insert(0, Turn, repeats).ToString());
            }
            else
            {
                turns[0] += new string('.', left);
            }

            body = Write(model, turns, stream, isChat);
        }

        return body;
    }

    private static byte[] Write(string model, List<string> turns, bool stream, bool isChat)
    {
        using var bytes = new MemoryStream();
        using var json = new Utf8JsonWriter(
            bytes,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
        );
        json.WriteStartObject();
        json.WriteString("model", model);
        json.WriteNumber("max_tokens", 256);
        json.WriteNumber("temperature", 0.7);
        if (stream)
        {
            json.WriteBoolean("stream", true);
        }

        if (stream && isChat)
        {
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
        }

        json.WriteStartArray("messages");
        for (var i = 0; i < turns.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("role", i % 2 == 0 ? "user" : "assistant");
            json.WriteString("content", turns[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return bytes.ToArray();
    }
}
