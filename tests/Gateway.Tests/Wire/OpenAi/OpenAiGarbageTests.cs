using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>What the network can bring: every reader says so and none falls over.</summary>
public sealed class OpenAiGarbageTests
{
    private const ulong Seed = 20260923;

    public static TheoryData<WireFormat> Formats =>
        [WireFormat.OpenAiChat, WireFormat.OpenAiResponses];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Random_bytes_are_refused_by_every_reader(WireFormat format)
    {
        var codec = WireCodecs.For(format);
        var dice = new Dice(Seed);
        for (var i = 0; i < 2_000; i++)
        {
            var bytes = new byte[dice.Next(64)];
            dice.Fill(bytes);
            AssertOnlyFormatErrors(() => codec.ReadAnswer(bytes));
            AssertOnlyFormatErrors(() => codec.Meter(bytes));
            AssertOnlyFormatErrors(() => Follow(codec, bytes));
            Assert.NotNull(codec.ReadError(400, bytes));
            Assert.True(codec.ReadRequest(bytes).Denied(out _, out _));
        }
    }

    [Fact]
    public void Damaged_recordings_are_read_or_refused()
    {
        var dice = new Dice(Seed);
        foreach (var recording in Recording.All.Where(r => r.IsAnswer))
        {
            for (var i = 0; i < 60; i++)
            {
                var bytes = Damage(recording.BodyBytes, dice);
                AssertOnlyFormatErrors(() => recording.Codec.ReadAnswer(bytes));
                AssertOnlyFormatErrors(() => recording.Codec.Meter(bytes));
                Assert.NotNull(recording.Codec.ReadError(500, bytes));
            }
        }
    }

    [Fact]
    public void Damaged_streams_are_read_or_refused()
    {
        var dice = new Dice(Seed);
        foreach (var recording in Recording.All.Where(r => r.IsStream))
        {
            for (var i = 0; i < 20; i++)
            {
                var events = recording.Events.Select(raw =>
                    dice.Next(8) == 0 ? Damage(raw, dice) : raw
                );
                AssertOnlyFormatErrors(() => Steps.Read(recording.Codec, events));
                AssertOnlyFormatErrors(() =>
                {
                    var meter = recording.Codec.NewStreamMeter();
                    foreach (var raw in events)
                    {
                        meter.Observe(SseScanner.Parse(raw));
                        Assert.True(meter.Usage?.IsValid ?? true);
                    }
                });
            }
        }
    }

    [Fact]
    public void Damaged_requests_are_read_or_denied_with_a_path()
    {
        var dice = new Dice(Seed);
        foreach (var recording in Recording.All.Where(r => r.Request is not null))
        {
            var whole = Encoding.UTF8.GetBytes(recording.Request!.ToJsonString());
            for (var i = 0; i < 60; i++)
            {
                var read = recording.Codec.ReadRequest(Damage(whole, dice));
                if (!read.Denied(out var denial, out var conversation))
                {
                    var target = new UpstreamTarget { UpstreamModel = "m", Provider = "openai" };
                    recording.Codec.WriteRequest(conversation, target);
                    continue;
                }
                Assert.True(denial is Denial.InvalidRequest or Denial.UnsupportedParameter);
            }
        }
    }

    [Fact]
    public void Values_of_the_wrong_kind_are_denied_at_their_path()
    {
        var chat = WireCodecs.For(WireFormat.OpenAiChat);
        var body = """
            {"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":7}]}
            """;
        chat.ReadRequest(Encoding.UTF8.GetBytes(body)).Denied(out var denial, out _);
        Assert.Equal("messages[1].content", Assert.IsType<Denial.InvalidRequest>(denial).Param);
        var responses = WireCodecs.For(WireFormat.OpenAiResponses);
        body = """{"model":"m","input":[{"type":"function_call","call_id":"c","name":3}]}""";
        responses.ReadRequest(Encoding.UTF8.GetBytes(body)).Denied(out denial, out _);
        Assert.Equal("input[0].name", Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    private static byte[] Damage(byte[] whole, Dice dice)
    {
        var bytes = whole.ToArray();
        switch (dice.Next(4))
        {
            case 0:
                return bytes[..dice.Next(bytes.Length)];
            case 1:
                // One JSON value becomes another: the kind of harm that parsers let through.
                var text = Encoding.UTF8.GetString(bytes);
                string[] values =
                [
                    "null",
                    "\"\"",
                    "{}",
                    "[]",
                    "-1",
                    "1e400",
                    "\"\\ud800\"",
                    "true",
                ];
                var at = text.IndexOf(':', dice.Next(text.Length));
                var end = at < 0 ? -1 : text.IndexOfAny([',', '}'], at);
                return end < 0
                    ? bytes
                    : Encoding.UTF8.GetBytes(
                        text[..(at + 1)] + values[dice.Next(values.Length)] + text[end..]
                    );
            default:
                for (var i = dice.Next(3) + 1; i > 0; i--)
                {
                    bytes[dice.Next(bytes.Length)] = (byte)dice.Next(256);
                }
                return bytes;
        }
    }

    private static void Follow(IWireCodec codec, byte[] bytes)
    {
        codec.NewStreamMeter().Observe(new SseEvent { Name = default, Data = bytes });
        codec
            .NewStreamReader()
            .Read(new SseEvent { Name = default, Data = bytes }, new List<StreamEvent>());
    }

    private static void AssertOnlyFormatErrors(Action read)
    {
        try
        {
            read();
        }
        catch (WireFormatException)
        {
            // What a reader says to garbage.
        }
    }
}
