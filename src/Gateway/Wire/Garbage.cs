using System.Text.Json;

namespace Arda.Gateway.Wire;

/// <summary>How JSON fails to be JSON: broken tokens, or escapes that are half a character, which
/// System.Text.Json finds only when it looks into the text.</summary>
internal static class Garbage
{
    public static bool Is(Exception e) =>
        e is JsonException or InvalidOperationException or WireFormatException;
}
