using System.Buffers;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Http;

/// <summary>A whole request body in a rented buffer. Dispose gives the buffer back: nothing may
/// point into <see cref="Bytes"/> after that.</summary>
public sealed class RequestBody : IDisposable
{
    private byte[]? _rented;
    private readonly int _length;

    internal RequestBody(byte[] rented, int length) => (_rented, _length) = (rented, length);

    public ReadOnlyMemory<byte> Bytes
    {
        get
        {
            Invariant.Holds(_rented is not null, "A request body is not read after its disposal.");
            return _rented.AsMemory(0, _length);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

/// <summary>Reads request bodies, refusing what is too large before a byte of it is read.</summary>
public static class RequestBodies
{
    private const int UnknownLengthFirst = 16 << 10;

    /// <summary>Reads a JSON body whole. A body that is encoded, typed otherwise or longer than
    /// <paramref name="bytesMax"/> is a denial.</summary>
    /// <exception cref="BadHttpRequestException">The client sent a broken body.</exception>
    public static async ValueTask<Outcome<RequestBody>> ReadJsonAsync(
        HttpRequest request,
        int bytesMax,
        CancellationToken ct
    )
    {
        if (NotPlainJson(request) is { } found)
        {
            return new Denial.UnsupportedMediaType(found);
        }

        if (request.ContentLength > bytesMax)
        {
            return new Denial.RequestTooLarge(bytesMax);
        }

        var length = request.ContentLength is { } known ? (int)known : UnknownLengthFirst;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        var filled = 0;
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(ct);
                if (read.IsCanceled)
                {
                    throw new OperationCanceledException(ct);
                }

                var arrived = read.Buffer.Length;
                if (filled + arrived > bytesMax)
                {
                    request.BodyReader.AdvanceTo(read.Buffer.End);
                    ArrayPool<byte>.Shared.Return(buffer);
                    return new Denial.RequestTooLarge(bytesMax);
                }

                buffer = Append(buffer, filled, read.Buffer);
                filled += (int)arrived;
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return new RequestBody(buffer, filled);
                }
            }
        }
        catch (IOException broken) when (broken is not BadHttpRequestException)
        {
            // Kestrel has no exception of its own for a chunk whose size cannot be.
            ArrayPool<byte>.Shared.Return(buffer);
            throw new BadHttpRequestException("The request body cannot be read.", broken);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private static byte[] Append(byte[] buffer, int filled, in ReadOnlySequence<byte> arrived)
    {
        var needed = filled + (int)arrived.Length;
        if (needed > buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, buffer.Length * 2));
            buffer.AsSpan(0, filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        arrived.CopyTo(buffer.AsSpan(filled));
        return buffer;
    }

    /// <summary>Names what is wrong with how the body is sent; null when nothing is. A body without
    /// a type is taken for JSON: it is the only thing that can be sent here.</summary>
    private static string? NotPlainJson(HttpRequest request)
    {
        if (
            request.Headers.ContentEncoding is [{ Length: > 0 } encoding, ..]
            && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)
        )
        {
            return $"A body with 'Content-Encoding: {Shortened(encoding)}'";
        }

        if (request.ContentType is not { Length: > 0 } type)
        {
            return null;
        }

        var semicolon = type.IndexOf(';', StringComparison.Ordinal);
        var media = (semicolon < 0 ? type : type.AsSpan(0, semicolon)).Trim();
        return
            media.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            ? null
            : $"A body of the type '{Shortened(media.ToString())}'";
    }

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
