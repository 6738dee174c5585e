using System.Diagnostics.CodeAnalysis;
using System.Text;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http;

/// <summary>
/// The parameters of a form or of a query, read as RFC 6749 wants them: names are case-sensitive,
/// nothing is joined, and bytes that are no UTF-8 are refused. The framework's own reader joins
/// <c>code=a&amp;CODE=b</c> into one value and answers 500 to a body it does not know.
/// </summary>
public sealed class StrictForm
{
    public const int BytesMax = 16 << 10;

    private const string MediaType = "application/x-www-form-urlencoded";
    private const int ParametersMax = 200;

    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private static readonly Denial s_malformed = new Denial.InvalidRequest(
        "The parameters are malformed; write them as application/x-www-form-urlencoded in UTF-8."
    );

    private readonly List<(string Name, string Value)> _all;

    private StrictForm(List<(string Name, string Value)> all) => _all = all;

    public static StrictForm Empty { get; } = new([]);

    /// <summary>The value; null where it is absent, empty (RFC 6749 §3.1) or sent twice.</summary>
    public string? this[string name]
    {
        get
        {
            string? found = null;
            foreach (var (key, value) in _all)
            {
                if (key != name)
                {
                    continue;
                }

                if (found is not null)
                {
                    return null;
                }

                found = value;
            }

            return found is { Length: > 0 } ? found : null;
        }
    }

    /// <summary>A name that comes more than once, if there is one.</summary>
    public string? Repeated =>
        _all.GroupBy(pair => pair.Name, StringComparer.Ordinal)
            .FirstOrDefault(group => group.Skip(1).Any())
            ?.Key;

    public bool IsRepeated(string name) => _all.Count(pair => pair.Name == name) > 1;

    /// <summary>Every value of a name, for check boxes.</summary>
    public IReadOnlyList<string> All(string name) =>
        [.. _all.Where(pair => pair.Name == name).Select(pair => pair.Value)];

    /// <summary>A posted form in which each name comes once.</summary>
    public static async ValueTask<Outcome<StrictForm>> ReadOnceEachAsync(
        HttpRequest request,
        CancellationToken ct
    )
    {
        var read = await ReadAsync(request, ct);
        return read.Denied(out _, out var form) || form.Repeated is not { } name
            ? read
            : new Denial.InvalidRequest($"The parameter '{Shown(name)}' is sent twice.");
    }

    /// <summary>A posted form in which names may repeat.</summary>
    public static async ValueTask<Outcome<StrictForm>> ReadAsync(
        HttpRequest request,
        CancellationToken ct
    )
    {
        if (!IsForm(request))
        {
            return new Denial.InvalidRequest(
                $"Send the parameters as a form, with 'Content-Type: {MediaType}'."
            );
        }

        if (request.ContentLength > BytesMax)
        {
            return new Denial.RequestTooLarge(BytesMax);
        }

        var body = new byte[BytesMax + 1];
        var filled = 0;
        while (filled < body.Length)
        {
            var read = await request.Body.ReadAsync(body.AsMemory(filled), ct);
            if (read == 0)
            {
                return Parse(body.AsSpan(0, filled));
            }

            filled += read;
        }

        return new Denial.RequestTooLarge(BytesMax);
    }

    /// <summary>The parameters in an address.</summary>
    public static Outcome<StrictForm> OfQuery(HttpRequest request)
    {
        var query = request.QueryString.Value.AsSpan();
        return Ascii(query.IsEmpty ? query : query[1..], out var bytes)
            ? Parse(bytes)
            : s_malformed;
    }

    /// <summary>One name or value, with its escapes undone; false where they are none.</summary>
    public static bool TryDecode(
        ReadOnlySpan<char> encoded,
        [NotNullWhen(true)] out string? decoded
    )
    {
        decoded = null;
        return Ascii(encoded, out var bytes) && TryDecode(bytes, out decoded);
    }

    private static Outcome<StrictForm> Parse(ReadOnlySpan<byte> bytes)
    {
        List<(string, string)> all = [];
        foreach (var range in bytes.Split((byte)'&'))
        {
            var pair = bytes[range];
            if (pair.IsEmpty)
            {
                continue;
            }

            var equals = pair.IndexOf((byte)'=');
            if (
                all.Count == ParametersMax
                || !TryDecode(equals < 0 ? pair : pair[..equals], out var name)
                || !TryDecode(equals < 0 ? [] : pair[(equals + 1)..], out var value)
            )
            {
                return s_malformed;
            }

            all.Add((name, value));
        }

        return new StrictForm(all);
    }

    private static bool TryDecode(
        ReadOnlySpan<byte> encoded,
        [NotNullWhen(true)] out string? decoded
    )
    {
        decoded = null;
        var bytes = new byte[encoded.Length];
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var next = encoded[i];
            if (next == '%')
            {
                if (
                    i + 2 >= encoded.Length
                    || Convert.FromHexString(
                        encoded.Slice(i + 1, 2),
                        bytes.AsSpan(length, 1),
                        out _,
                        out _
                    ) != System.Buffers.OperationStatus.Done
                )
                {
                    return false;
                }

                i += 2;
                length++;
                continue;
            }

            bytes[length++] = next == '+' ? (byte)' ' : next;
        }

        try
        {
            decoded = s_utf8.GetString(bytes, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static bool Ascii(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        return System.Buffers.OperationStatus.Done
            == System.Text.Ascii.FromUtf16(text, bytes, out _);
    }

    private static bool IsForm(HttpRequest request)
    {
        if (
            request.Headers.ContentType is not [{ } type]
            || request.Headers.ContentEncoding.Count > 0
        )
        {
            return false;
        }

        var parts = type.Split(';', StringSplitOptions.TrimEntries);
        return parts[0].Equals(MediaType, StringComparison.OrdinalIgnoreCase)
            && parts[1..].All(IsUtf8);
    }

    private static bool IsUtf8(string parameter) =>
        !parameter.StartsWith("charset=", StringComparison.OrdinalIgnoreCase)
        || parameter["charset=".Length..]
            .Trim('"')
            .Equals("utf-8", StringComparison.OrdinalIgnoreCase);

    private static string Shown(string name) =>
        new([.. name.Take(40).Where(c => c is > ' ' and < '\x7f' and not '\'')]);
}
