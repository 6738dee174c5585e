using System.Buffers.Binary;

namespace Arda.Gateway.Tests.Developers;

/// <summary>The beginnings of image files, as their formats write them; nobody decodes the
/// rest.</summary>
internal static class Images
{
    public static byte[] Png(int width, int height) =>
        [
            0x89,
            .. "PNG\r\n"u8,
            0x1A,
            0x0A,
            .. Big32(13),
            .. "IHDR"u8,
            .. Big32(width),
            .. Big32(height),
            8,
            6,
            0,
            0,
            0,
        ];

    public static byte[] Jpeg(int width, int height) =>
        [
            0xFF,
            0xD8,
            // A segment to pass over, then a table whose marker is nearly a frame's.
            .. Segment(0xE0, [.. "JFIF"u8, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
            .. Segment(0xC4, new byte[20]),
            .. Segment(0xC2, [8, .. Big16(height), .. Big16(width), 3, 1, 0x11, 0]),
        ];

    public static byte[] WebPLossy(int width, int height) =>
        WebP("VP8 "u8, [0, 0, 0, 0x9D, 0x01, 0x2A, .. Little16(width), .. Little16(height), 0, 0]);

    public static byte[] WebPLossless(int width, int height)
    {
        var sizes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(
            sizes,
            (uint)(width - 1) | ((uint)(height - 1) << 14)
        );
        return WebP("VP8L"u8, [0x2F, .. sizes, .. new byte[7]]);
    }

    public static byte[] WebPExtended(int width, int height, bool moves = false) =>
        WebP(
            "VP8X"u8,
            [(byte)(moves ? 0x02 : 0), 0, 0, 0, .. Little24(width - 1), .. Little24(height - 1)]
        );

    private static byte[] WebP(ReadOnlySpan<byte> kind, byte[] data) =>
        [
            .. "RIFF"u8,
            .. Little32(12 + data.Length),
            .. "WEBP"u8,
            .. kind,
            .. Little32(data.Length),
            .. data,
        ];

    private static byte[] Segment(byte marker, byte[] data) =>
        [0xFF, marker, .. Big16(data.Length + 2), .. data];

    private static byte[] Big32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Big16(int value) => Big32(value)[2..];

    private static byte[] Little32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Little24(int value) => Little32(value)[..3];

    private static byte[] Little16(int value) => Little32(value)[..2];
}
