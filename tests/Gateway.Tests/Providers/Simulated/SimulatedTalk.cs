using System.Text.Json;
using Arda.Gateway.Catalog;
using Arda.Gateway.Kernel;
using Arda.Gateway.Providers;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Providers.Simulated;

/// <summary>Says a conversation to the simulated provider in one format and reads the answer back
/// with that format's own reader and meter.</summary>
internal sealed class SimulatedTalk(WireFormat format, bool stream) : IDisposable
{
    private readonly ProvidersRig _rig = new();

    public static TheoryData<WireFormat, bool> All()
    {
        var all = new TheoryData<WireFormat, bool>();
        foreach (var format in Enum.GetValues<WireFormat>())
        {
            all.Add(format, false);
            all.Add(format, true);
        }

        return all;
    }

    public static Conversation Say(string text) => new() { Model = "chat", Turns = [User(text)] };

    public static Turn User(string text) => new(Role.User, [new Block.Text(text)]);

    public static Tool Weather { get; } =
        new(
            "get_weather",
            "Current weather",
            JsonElement.Parse(
                """
                {"type":"object","required":["city","unit"],"additionalProperties":false,"properties":{
                 "city":{"type":"string"},"unit":{"type":"string","enum":["celsius","fahrenheit"]}}}
                """
            ),
            null
        );

    /// <summary>The answer, read to its end.</summary>
    /// <exception cref="TalkFailedException">The provider said that it failed.</exception>
    public async Task<Answer> AskAsync(Conversation conversation, string model = "chat")
    {
        await using var response = await SendAsync(conversation, model);
        Assert.True(response.Ok, $"{response.Status} {response.Error?.Message}");
        return stream ? await ReadStreamAsync(response) : await ReadWholeAsync(response);
    }

    public async Task<UpstreamResponse> SendAsync(
        Conversation conversation,
        string model = "chat",
        string? simulate = null
    )
    {
        conversation = conversation with { Stream = stream, IncludeUsage = stream };
        var target = new UpstreamTarget
        {
            UpstreamModel = model,
            Provider = "simulated",
            MaxOutputTokens = conversation.MaxOutputTokens ?? 4_000,
            SupportsReasoning = model == "reasoner",
        };
        var written = WireCodecs.For(format).WriteRequest(conversation, target);
        Assert.False(written.Denied(out var denial, out var body), denial?.ToString());
        return await _rig.SendAsync(
            new UpstreamCall
            {
                ProviderId = "simulated",
                UpstreamModel = model,
                Protocol = Enum.Parse<OfferProtocol>(format.ToString()),
                Operation = UpstreamOperation.Generate,
                Body = body!.Body,
                Stream = stream,
                RequestId = "req_1",
                Headers = simulate is null ? [] : [new(DialectHeaders.Simulate, simulate)],
            }
        );
    }

    public void Dispose() => _rig.Dispose();

    private async Task<Answer> ReadWholeAsync(UpstreamResponse response)
    {
        using var bytes = new MemoryStream();
        await response.Body.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        var codec = WireCodecs.For(format);
        var answer = codec.ReadAnswer(bytes.ToArray());
        Assert.Equal(answer.Usage, codec.Meter(bytes.ToArray()).Usage);
        return answer;
    }

    private async Task<Answer> ReadStreamAsync(UpstreamResponse response)
    {
        var codec = WireCodecs.For(format);
        var (reader, meter) = (codec.NewStreamReader(), codec.NewStreamMeter());
        using var events = new UpstreamEvents(response.Body);
        var steps = new List<StreamEvent>();
        do
        {
            while (events.TryNext(out var raw))
            {
                meter.Observe(SseScanner.Parse(raw.Span));
                reader.Read(SseScanner.Parse(raw.Span), steps);
            }
        } while (await events.FillAsync(TestContext.Current.CancellationToken));
        reader.End(steps);
        if (steps.OfType<StreamEvent.Failed>().FirstOrDefault() is { } failed)
        {
            throw new TalkFailedException(failed.Error, steps);
        }

        Assert.True(meter.Ended);
        var usage = steps.OfType<StreamEvent.UsageReported>().LastOrDefault()?.Usage;
        Assert.Equal(usage, meter.Usage);
        var finished = Assert.Single(steps.OfType<StreamEvent.Finished>());
        var started = steps.OfType<StreamEvent.Started>().First();
        return new Answer
        {
            Id = started.Id ?? "",
            Model = started.Model ?? "",
            Blocks = [.. steps.OfType<StreamEvent.BlockStopped>().Select(s => s.Block)],
            Stop = finished.Reason,
            StopSequence = finished.StopSequence,
            Usage = usage,
        };
    }
}

internal sealed class TalkFailedException(UpstreamError error, IReadOnlyList<StreamEvent> steps)
    : Exception(error.Message)
{
    public UpstreamError Error => error;

    public IReadOnlyList<StreamEvent> Steps => steps;
}
