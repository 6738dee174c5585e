using System.Buffers.Binary;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Developers;

/// <summary>
/// What an uploaded image really is, by its own first bytes; what its sender calls it counts for
/// nothing. Only formats that can hold no script, and only sizes that a browser decodes at once.
/// </summary>
internal sealed record LogoImage(string MediaType, int Width, int Height)
{
    public const int BytesMax = 256 << 10;
    public const int PixelsMin = 48;
    public const int PixelsMax = 1_024;

    private const string Png = "image/png";
    private const string Jpeg = "image/jpeg";
    private const string WebP = "image/webp";

    public static Outcome<LogoImage> Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax)
        {
            return new Denial.RequestTooLarge(BytesMax);
        }

        var image = ReadPng(bytes) ?? ReadWebP(bytes) ?? ReadJpeg(bytes);
        return image is null
                ? Invalid("A logo is a PNG, a JPEG or a WebP image that does not move.")
            : IsOfSize(image.Width) && IsOfSize(image.Height) ? image
            : Invalid($"A logo is {PixelsMin} to {PixelsMax} pixels wide and high.");
    }

    private static bool IsOfSize(int pixels) => pixels is >= PixelsMin and <= PixelsMax;

    // The signature, then IHDR with both sizes, which always comes first.
    private static LogoImage? ReadPng(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 24 && bytes.StartsWith(s_pngSignature) && bytes[12..].StartsWith("IHDR"u8)
            ? new LogoImage(Png, Big32(bytes[16..]), Big32(bytes[20..]))
            : null;

    // Segments with their lengths, up to the first that begins a frame.
    private static LogoImage? ReadJpeg(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(s_jpegStart))
        {
            return null;
        }

        var at = 2;
        while (at + 9 <= bytes.Length && bytes[at] == 0xFF)
        {
            var marker = bytes[at + 1];
            if (IsFrame(marker))
            {
                return new LogoImage(Jpeg, Big16(bytes[(at + 7)..]), Big16(bytes[(at + 5)..]));
            }

            // 0xFF may be repeated before a marker.
            at += marker == 0xFF ? 1 : 2 + Math.Max(2, Big16(bytes[(at + 2)..]));
        }

        return null;
    }

    // C4, C8 and CC share the row of the frames' markers and are none.
    private static bool IsFrame(byte marker) =>
        marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static LogoImage? ReadWebP(ReadOnlySpan<byte> bytes)
    {
        if (
            bytes.Length < 30
            || !bytes.StartsWith("RIFF"u8)
            || !bytes[8..].StartsWith("WEBPVP8"u8)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) + 8 > bytes.Length
        )
        {
            return null;
        }

        switch (bytes[15])
        {
            case (byte)' ' when bytes[23..].StartsWith(s_vp8Start):
                return new LogoImage(
                    WebP,
                    BinaryPrimitives.ReadUInt16LittleEndian(bytes[26..]) & 0x3FFF,
                    BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]) & 0x3FFF
                );
            case (byte)'L' when bytes[20] == 0x2F:
                var sizes = BinaryPrimitives.ReadUInt32LittleEndian(bytes[21..]);
                return new LogoImage(
                    WebP,
                    (int)(sizes & 0x3FFF) + 1,
                    (int)((sizes >> 14) & 0x3FFF) + 1
                );
            case (byte)'X' when (bytes[20] & AnimationFlag) == 0:
                return new LogoImage(WebP, Little24(bytes[24..]) + 1, Little24(bytes[27..]) + 1);
            default:
                return null;
        }
    }

    private const int AnimationFlag = 0x02;

    private static readonly byte[] s_pngSignature = [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A];
    private static readonly byte[] s_jpegStart = [0xFF, 0xD8, 0xFF];
    private static readonly byte[] s_vp8Start = [0x9D, 0x01, 0x2A];

    private static int Big16(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt16BigEndian(bytes);

    // Beyond the largest size anyway when the sign bit is set.
    private static int Big32(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadInt32BigEndian(bytes);

    private static int Little24(ReadOnlySpan<byte> bytes) =>
        bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private static Denial.InvalidRequest Invalid(string message) => new(message, "logo");
}
