using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>Bytes that no vendor sends: the only exception a reader or meter may throw says so, and a
/// request is a refusal. Seeds are fixed, so a failure can be repeated.</summary>
public sealed class WireFuzzTests
{
    private const int MutationsPerRecording = 60;

    public static TheoryData<WireFormat, string> Formats
    {
        get
        {
            var formats = new TheoryData<WireFormat, string>();
            formats.Add(WireFormat.AnthropicMessages, "anthropic.messages");
            formats.Add(WireFormat.GeminiGenerate, "gemini.generateContent");
            return formats;
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Mutated_answers_are_read_or_called_garbage(WireFormat format, string api)
    {
        var codec = WireCodecs.For(format);
        var random = new Mutations(20_261_125);
        foreach (var recorded in Recorded.All(api).Where(r => r.Body is not null))
        {
            for (var i = 0; i < MutationsPerRecording; i++)
            {
                var body = random.Mutate(recorded.Body!);
                Attempt(() => codec.ReadAnswer(body));
                Attempt(() => codec.Meter(body));
                codec.ReadError(500, body);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Mutated_streams_are_read_or_called_garbage(WireFormat format, string api)
    {
        var codec = WireCodecs.For(format);
        var random = new Mutations(11_252_026);
        foreach (var recorded in Recorded.All(api).Where(r => r.Events.Count > 0))
        {
            for (var i = 0; i < MutationsPerRecording; i++)
            {
                var mutated = random.MutateOne(recorded.Events);
                Attempt(() => Steps.Meter(codec, mutated));
                Attempt(() => Steps.AssertOrder(Steps.Read(codec, mutated)));
                Attempt(() => Steps.Write(codec, Steps.Read(codec, mutated), "m"));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Mutated_requests_are_read_or_refused(WireFormat format, string api)
    {
        var codec = WireCodecs.For(format);
        var random = new Mutations(4_711);
        var target = new UpstreamTarget
        {
            UpstreamModel = "m",
            Provider = "p",
            MaxOutputTokens = 100,
        };
        foreach (var recorded in Recorded.All(api).Where(r => r.Request is not null))
        {
            for (var i = 0; i < MutationsPerRecording; i++)
            {
                var body = random.Mutate(Encoding.UTF8.GetBytes(recorded.Request!));
                if (codec.ReadRequest(body).Denied(out _, out var conversation))
                {
                    continue;
                }
                foreach (
                    var to in (WireFormat[])
                        [WireFormat.AnthropicMessages, WireFormat.GeminiGenerate]
                )
                {
                    WireCodecs.For(to).WriteRequest(conversation, target).Denied(out _, out _);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Half_a_character_in_a_name_is_garbage_everywhere(WireFormat format, string _)
    {
        var codec = WireCodecs.For(format);
        var body =
            "{\"\\ud800\":1,\"usage\":{\"\\ud800\":1},\"usageMetadata\":{\"\\ud800\":1}}"u8.ToArray();
        byte[] frame = [.. "event: message_delta\ndata: "u8, .. body, .. "\n\n"u8];
        Attempt(() => codec.ReadAnswer(body));
        Attempt(() => codec.Meter(body));
        Attempt(() => codec.NewStreamMeter().Observe(SseScanner.Parse(frame)));
        Attempt(() => Steps.Read(codec, [frame]));
        codec.ReadError(500, body);
        Assert.True(codec.ReadRequest(body).Denied(out Denial? _, out Conversation? _));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Random_bytes_are_garbage(WireFormat format, string _)
    {
        var codec = WireCodecs.For(format);
        var random = new Mutations(1);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = random.Bytes(random.Next(64), jsonish: i % 2 == 0);
            byte[] frame = [.. "event: content_block_delta\ndata: "u8, .. bytes, .. "\n\n"u8];
            Attempt(() => codec.ReadAnswer(bytes));
            Attempt(() => codec.Meter(bytes));
            Attempt(() => codec.NewStreamMeter().Observe(SseScanner.Parse(frame)));
            Attempt(() => Steps.Read(codec, [frame]));
            codec.ReadRequest(bytes).Denied(out Denial? _, out Conversation? _);
        }
    }

    private static void Attempt(Action act)
    {
        try
        {
            act();
        }
        catch (WireFormatException)
        {
            // The one that is promised.
        }
    }
}
