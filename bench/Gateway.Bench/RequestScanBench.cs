using Arda.Gateway.Load.Clients;
using Arda.Gateway.Wire;
using BenchmarkDotNet.Attributes;

namespace Arda.Gateway.Bench;

/// <summary>What admission reads of a body: once per request, whatever its size.</summary>
public class RequestScanBench
{
    private byte[] _chat = [];
    private byte[] _messages = [];

    [Params(RequestBodies.SmallBytes, RequestBodies.LargeBytes)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void MakeBodies()
    {
        _chat = RequestBodies.Chat("bench/chat", Bytes, stream: true);
        _messages = RequestBodies.Messages("bench/messages", Bytes, stream: true);
    }

    [Benchmark]
    public bool Chat() => RequestScan.Read(WireFormat.OpenAiChat, _chat).Denied(out _, out _);

    [Benchmark]
    public bool Messages() =>
        RequestScan.Read(WireFormat.AnthropicMessages, _messages).Denied(out _, out _);
}
