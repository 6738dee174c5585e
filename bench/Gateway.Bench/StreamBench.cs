using System.Buffers;
using Arda.Gateway.Load.Mock;
using Arda.Gateway.Wire;
using BenchmarkDotNet.Attributes;

namespace Arda.Gateway.Bench;

/// <summary>What one event of a stream costs between the sockets, over a whole stream of 44.</summary>
public class StreamBench
{
    private readonly ArrayBufferWriter<byte> _to = new(64 * 1024);
    private byte[] _stream = [];

    [GlobalSetup]
    public void MakeStream() => _stream = MockAnswers.ChatStreamBytes();

    /// <summary>Finds and splits the events.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = MockAnswers.Events)]
    public int Scan()
    {
        var rest = _stream.AsSpan();
        var (scanned, bytes) = (0, 0);
        while (SseScanner.FindEnd(rest, ref scanned) is > 0 and var length)
        {
            bytes += SseScanner.Parse(rest[..length]).Data.Length;
            rest = rest[length..];
        }

        return bytes;
    }

    /// <summary>The same with the meter reading each of them, and a copy to the client.</summary>
    [Benchmark(OperationsPerInvoke = MockAnswers.Events)]
    public bool MeterAndRelay()
    {
        _to.ResetWrittenCount();
        var meter = WireCodecs.For(WireFormat.OpenAiChat).NewStreamMeter();
        var rest = _stream.AsSpan();
        var scanned = 0;
        while (SseScanner.FindEnd(rest, ref scanned) is > 0 and var length)
        {
            meter.Observe(SseScanner.Parse(rest[..length]));
            _to.Write(rest[..length]);
            rest = rest[length..];
        }

        return meter.Ended;
    }
}
