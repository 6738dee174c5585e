using System.IO.Pipelines;
using System.Net;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>An answer that is still being written. Letting go of it ends the writing, as closing a
/// connection would.</summary>
internal sealed class SimulatedContent : HttpContent
{
    private readonly Pipe _pipe = new();
    private readonly CancellationTokenSource _left = new();

    public PipeWriter Writer => _pipe.Writer;

    /// <summary>The reader is gone.</summary>
    public CancellationToken Left => _left.Token;

    protected override Task<Stream> CreateContentReadStreamAsync() =>
        Task.FromResult(_pipe.Reader.AsStream());

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        _pipe.Reader.CopyToAsync(stream);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_left.IsCancellationRequested)
        {
            _left.Cancel();
            _pipe.Reader.Complete();
        }

        base.Dispose(disposing);
    }
}
