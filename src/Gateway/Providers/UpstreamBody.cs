namespace Arda.Gateway.Providers;

/// <summary>A provider's answer as it arrives; silence for too long ends it with an
/// error.</summary>
internal sealed class UpstreamBody(Stream inner, UpstreamDeadline deadline, IDisposable response)
    : Stream
{
    private bool _disposed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
    {
        if (ct.CanBeCanceled && ct != deadline.Caller)
        {
            return ReadForAsync(buffer, ct);
        }

        deadline.StartWaiting();
        ValueTask<int> pending;
        try
        {
            pending = inner.ReadAsync(buffer, deadline.Token);
        }
        catch (ObjectDisposedException gone)
        {
            throw new IOException("The answer was let go of while it was read.", gone);
        }

        if (!pending.IsCompletedSuccessfully)
        {
            return AwaitAsync(pending);
        }

        deadline.StopWaiting();
        return pending;
    }

    public override Task<int> ReadAsync(
        byte[] buffer,
        int offset,
        int count,
        CancellationToken cancellationToken
    ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("An answer is read asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();

    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            // First the token, so that a read still under way ends before its buffer is reused.
            deadline.Cancel();
            response.Dispose();
            deadline.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadForAsync(Memory<byte> buffer, CancellationToken ct)
    {
        using var also = ct.UnsafeRegister(static d => ((UpstreamDeadline)d!).Cancel(), deadline);
        deadline.StartWaiting();
        return await AwaitAsync(inner.ReadAsync(buffer, deadline.Token));
    }

    private async ValueTask<int> AwaitAsync(ValueTask<int> pending)
    {
        try
        {
            return await pending;
        }
        catch (OperationCanceledException silent) when (deadline.HasPassed)
        {
            throw new IOException("The provider was silent for too long.", silent);
        }
        finally
        {
            deadline.StopWaiting();
        }
    }
}
