using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>Meters run on every event of every stream.</summary>
public sealed class OpenAiMeterAllocationTests
{
    public static TheoryData<string> Streams => Recording.Ids(r => r.IsStream);

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_meter_allocates_nothing_on_an_event(string id)
    {
        var recording = Recording.Of(id);
        foreach (var raw in recording.Events)
        {
            var meter = recording.Codec.NewStreamMeter();
            // The first look may load code; an error is built, once, for a stream that ends with it.
            if (meter.Observe(SseScanner.Parse(raw)) == EventRole.Error)
            {
                continue;
            }
            var before = GC.GetAllocatedBytesForCurrentThread();
            meter.Observe(SseScanner.Parse(raw));
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }
}
