using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.Wire.Messages;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Gemini;

/// <summary>Every recording of generateContent through reader, meter and writer.</summary>
public sealed class GeminiRecordingTests
{
    private const string Api = "gemini.generateContent";

    private static readonly IWireCodec Codec = WireCodecs.For(WireFormat.GeminiGenerate);

    public static TheoryData<string> Answers =>
        Recorded.Ids(Api, r => r.Status == 200 && r.Body is not null);

    public static TheoryData<string> Streams => Recorded.Ids(Api, r => r.Events.Count > 0);

    public static TheoryData<string> Errors => Recorded.Ids(Api, r => r.Status != 200);

    public static TheoryData<string> Requests => Recorded.Ids(Api, r => r.Request is not null);

    [Theory]
    [MemberData(nameof(Answers))]
    public void Usage_is_read_by_the_table(string id)
    {
        var body = Recorded.Load(id).Body!;
        var root = JsonNode.Parse(body)!;
        var usage = Codec.ReadAnswer(body).Usage;
        var reading = Codec.Meter(body);
        Assert.Equal(usage, reading.Usage);
        AssertTable(root["usageMetadata"]!, usage);
        Assert.StartsWith("{", Encoding.UTF8.GetString(body[reading.UsageAt]));
        Assert.StartsWith("\"gemini", Encoding.UTF8.GetString(body[reading.ModelAt]));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_is_written_as_it_was_read(string id)
    {
        var body = Recorded.Load(id).Body!;
        var answer = Codec.ReadAnswer(body);
        var to = new ArrayBufferWriter<byte>();
        Codec.WriteAnswer(answer, Steps.Frame(answer.Model), to);
        var again = Codec.ReadAnswer(to.WrittenMemory);
        Assert.Equal(answer.Blocks.Select(Steps.Of), again.Blocks.Select(Steps.Of));
        Assert.Equal(
            (answer.Id, answer.Model, answer.Stop, answer.NativeStop, answer.Usage),
            (again.Id, again.Model, again.Stop, again.NativeStop, again.Usage)
        );
        Assert.Equal(Parts(JsonNode.Parse(body)!), Parts(JsonNode.Parse(to.WrittenSpan)!));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void The_meter_of_a_stream_agrees_with_its_reader_and_the_table(string id)
    {
        var events = Recorded.Load(id).Events;
        var steps = Steps.Read(Codec, events);
        Steps.AssertOrder(steps);
        Assert.IsType<StreamEvent.Finished>(steps[^1]);
        var meter = Steps.Meter(Codec, events);
        var reported = steps.OfType<StreamEvent.UsageReported>().Last().Usage;
        Assert.True(meter is { Ended: true, UsageIsFinal: true });
        Assert.Equal(reported, meter.Usage);
        AssertTable(Steps.Json(events[^1])["usageMetadata"]!, reported);
        Assert.True(meter.OutputBytes > 0);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_that_is_written_again_gives_the_same_steps(string id)
    {
        var steps = Steps.Read(Codec, Recorded.Load(id).Events);
        var model = steps.OfType<StreamEvent.Started>().Single().Model!;
        var written = Steps.Write(Codec, steps, model);
        Assert.All(written, raw => Assert.StartsWith("data: {", Steps.Text(raw)));
        Assert.Equal(Steps.Comparable(steps), Steps.Comparable(Steps.Read(Codec, written)));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_cut_at_any_event_fails_and_never_throws(string id)
    {
        var events = Recorded.Load(id).Events;
        for (var cut = 0; cut < events.Count; cut++)
        {
            var steps = Steps.Read(Codec, events.Take(cut));
            Steps.AssertOrder(steps);
            Assert.IsType<StreamEvent.Failed>(steps[^1]);
            Assert.False(Steps.Meter(Codec, events.Take(cut)).Ended);
        }
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_tells_whose_fault_it_is(string id)
    {
        var recorded = Recorded.Load(id);
        var error = Codec.ReadError(recorded.Status, recorded.Body);
        var expected = recorded.Status switch
        {
            400 => UpstreamErrorKind.OperatorKey,
            404 => UpstreamErrorKind.ModelNotFound,
            _ => UpstreamErrorKind.RateLimited,
        };
        Assert.Equal(expected, error.Kind);
        Assert.Equal(recorded.Status == 429 ? TimeSpan.FromSeconds(48) : null, error.RetryAfter);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_written_as_it_was_read(string id)
    {
        var recorded = Recorded.Load(id);
        var outcome = Codec.ReadRequest(Encoding.UTF8.GetBytes(recorded.Request!));
        Assert.False(outcome.Denied(out var denial, out var conversation), denial?.ToString());
        var target = new UpstreamTarget
        {
            UpstreamModel = recorded.Model!,
            Provider = recorded.Path.Contains("publishers") ? "vertex" : "google",
            SupportsReasoning = true,
        };
        var request = Codec.WriteRequest(conversation with { Model = recorded.Model! }, target);
        Assert.False(request.Denied(out denial, out var translated), denial?.ToString());
        var ownIds = recorded.Request!.Contains("pyd_ai_");
        Assert.Equal(
            GeminiNormal.Form(
                JsonNode.Parse(recorded.Request)!.AsObject(),
                translated.Dropped,
                ownIds
            ),
            GeminiNormal.Form(JsonNode.Parse(translated.Body.Span)!.AsObject(), [], ownIds)
        );
    }

    // Content parts without the ids that calls of older models lack.
    private static string Parts(JsonNode root)
    {
        var parts = root["candidates"]?[0]?["content"]?["parts"]?.DeepClone().AsArray() ?? [];
        foreach (var part in parts)
        {
            part!["functionCall"]?.AsObject().Remove("id");
        }
        return MessagesNormal.Sorted(parts)!.ToJsonString();
    }

    private static void AssertTable(JsonNode raw, TokenUsage? usage)
    {
        if (raw["totalTokenCount"] is null)
        {
            Assert.Null(usage);
            return;
        }
        Assert.NotNull(usage);
        var prompt = Count(raw, "promptTokenCount") + Count(raw, "toolUsePromptTokenCount");
        Assert.Equal(prompt, usage.PromptTotal);
        Assert.Equal(Count(raw, "cachedContentTokenCount"), usage.CacheRead);
        Assert.Equal(Count(raw, "thoughtsTokenCount"), usage.Reasoning);
        Assert.Equal(Count(raw, "candidatesTokenCount"), usage.OutputTotal - usage.Reasoning);
        Assert.Equal(Count(raw, "totalTokenCount"), usage.PromptTotal + usage.OutputTotal);
        var images = raw["promptTokensDetails"]!
            .AsArray()
            .Where(d => (string?)d!["modality"] == "IMAGE")
            .Sum(d => Count(d!, "tokenCount"));
        Assert.Equal(images, usage.ImageInput);
    }

    private static long Count(JsonNode from, string name) => (long?)from[name] ?? 0;
}
