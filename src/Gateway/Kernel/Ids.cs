using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Arda.Gateway.Kernel;

// Every id is text, prefixed so that a person can tell what it names, and made from a version 7
// UUID so that ids sort by age in both databases.

/// <summary>A person with an account.</summary>
public readonly record struct UserId(string Value)
{
    public static UserId New() => new(Ids.Make("usr_"));

    public override string ToString() => Value;
}

public readonly record struct ProjectId(string Value)
{
    public static ProjectId New() => new(Ids.Make("prj_"));

    public override string ToString() => Value;
}

public readonly record struct KeyId(string Value)
{
    public static KeyId New() => new(Ids.Make("key_"));

    public override string ToString() => Value;
}

/// <summary>Names one inference request and its charge; clients see it as the generation id.</summary>
public readonly record struct GenerationId(string Value)
{
    public static GenerationId New() => new(Ids.Make("gen_"));

    public override string ToString() => Value;
}

public readonly record struct ConnectionId(string Value)
{
    public static ConnectionId New() => new(Ids.Make("con_"));

    public override string ToString() => Value;
}

public readonly record struct AppId(string Value)
{
    public static AppId New() => new(Ids.Make("gw_app_"));

    public override string ToString() => Value;
}

public readonly record struct ResellerId(string Value)
{
    public override string ToString() => Value;
}

public static class Ids
{
    private const int UuidBytes = 16;
    private const int TimeBytes = 6;
    private const int UuidsPerDraw = 64;

    [ThreadStatic]
    private static byte[]? t_random;

    [ThreadStatic]
    private static int t_used;

    /// <summary>The prefix and a version 7 UUID (RFC 9562) in hexadecimal.</summary>
    public static string Make(string prefix) =>
        string.Create(
            prefix.Length + (2 * UuidBytes),
            prefix,
            static (text, prefix) =>
            {
                prefix.CopyTo(text);
                Span<byte> uuid = stackalloc byte[UuidBytes];
                WriteUuid(uuid);
                Convert.TryToHexStringLower(uuid, text[prefix.Length..], out _);
            }
        );

    private static void WriteUuid(Span<byte> uuid)
    {
        // Drawn for many at once: a request has two ids, and asking the kernel for each costs more
        // than all the rest of it.
        var random = t_random ??= new byte[UuidBytes * UuidsPerDraw];
        if (t_used == 0 || t_used == random.Length)
        {
            RandomNumberGenerator.Fill(random);
            t_used = 0;
        }

        random.AsSpan(t_used, UuidBytes).CopyTo(uuid);
        t_used += UuidBytes;
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteUInt16BigEndian(uuid, (ushort)(now >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(uuid[2..], (uint)now);
        uuid[TimeBytes] = (byte)(0x70 | (uuid[TimeBytes] & 0x0F));
        uuid[TimeBytes + 2] = (byte)(0x80 | (uuid[TimeBytes + 2] & 0x3F));
    }
}
