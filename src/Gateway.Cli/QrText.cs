using QRCoder;

namespace Arda.Gateway.Cli;

/// <summary>A QR code as text: two modules in each character, light ones drawn, so that it reads
/// on a dark terminal as a code does on paper.</summary>
internal static class QrText
{
    public static string Of(string text)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
        var rows = code.ModuleMatrix;
        using var to = new StringWriter { NewLine = "\n" };
        for (var y = 0; y < rows.Count; y += 2)
        {
            for (var x = 0; x < rows.Count; x++)
            {
                var isUpperDark = rows[y][x];
                // Below the last row there is quiet zone, which is light.
                var isLowerDark = y + 1 < rows.Count && rows[y + 1][x];
                to.Write(
                    (isUpperDark, isLowerDark) switch
                    {
                        (true, true) => ' ',
                        (true, false) => '▄',
                        (false, true) => '▀',
                        (false, false) => '█',
                    }
                );
            }

            to.WriteLine();
        }

        return to.ToString();
    }
}
