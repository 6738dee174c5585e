using System.Buffers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>What one upstream event meant for the stream to the client.</summary>
internal enum RelayStep
{
    /// <summary>Nothing to send: a ping, a comment, something held back.</summary>
    Silent,

    /// <summary>Something went to the client.</summary>
    Sent,

    /// <summary>The answer is complete; its end is held back until the charge is durable.</summary>
    Ended,

    /// <summary>The upstream failed inside its stream.</summary>
    Failed,
}

/// <summary>Carries an upstream's events to a client: as bytes, or into another dialect.</summary>
internal interface IRelay
{
    IStreamMeter Meter { get; }

    /// <summary>Set after <see cref="RelayStep.Failed"/>.</summary>
    UpstreamError? Error { get; }

    /// <exception cref="WireFormatException">The event is garbage.</exception>
    RelayStep Handle(ReadOnlySpan<byte> raw, IBufferWriter<byte> to);

    /// <summary>The upstream closed: Ended if the answer was whole, Failed if it was cut.</summary>
    RelayStep Close(IBufferWriter<byte> to);

    /// <summary>Sends what was held back, with the cost in its usage.</summary>
    void Complete(TokenUsage usage, Cost cost, IBufferWriter<byte> to);

    /// <summary>Ends an unfinished answer in the dialect's own way: "length".</summary>
    void Truncate(TokenUsage usage, Cost cost, IBufferWriter<byte> to);

    void Fail(ErrorFacts error, IBufferWriter<byte> to);

    void KeepAlive(IBufferWriter<byte> to);
}
