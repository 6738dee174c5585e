using System.Buffers;

namespace Arda.Gateway.Kernel;

/// <summary>
/// Bytes that are put together once and then let go of, in a buffer of the shared pool. Dispose
/// gives the buffer back: nothing may point into <see cref="Written"/> after that.
/// </summary>
public sealed class RentedBytes(int bytesFirst) : IBufferWriter<byte>, IDisposable
{
    private byte[]? _rented = ArrayPool<byte>.Shared.Rent(bytesFirst);
    private int _length;

    public ReadOnlyMemory<byte> Written => Rented.AsMemory(0, _length);

    public int Length => _length;

    private byte[] Rented
    {
        get
        {
            Invariant.Holds(_rented is not null, "rented bytes are not touched after their return");
            return _rented;
        }
    }

    public void Advance(int count)
    {
        Invariant.Holds(
            count >= 0 && count <= Rented.Length - _length,
            "nobody writes more than there was room for"
        );
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return Rented.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return Rented.AsSpan(_length);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void MakeRoom(int sizeHint)
    {
        var rented = Rented;
        if (rented.Length - _length >= Math.Max(1, sizeHint))
        {
            return;
        }

        var length = Math.Max(checked(_length + sizeHint), checked(rented.Length * 2));
        var larger = ArrayPool<byte>.Shared.Rent(length);
        rented.AsSpan(0, _length).CopyTo(larger);
        _rented = larger;
        ArrayPool<byte>.Shared.Return(rented);
    }
}
