using System.Buffers;
using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire;

public sealed class JsonSpliceTests
{
    [Theory]
    [InlineData("{}", "{\"a\":1}")]
    [InlineData("{ }", "{\"a\":1 }")]
    [InlineData("{\"b\":2}", "{\"a\":1,\"b\":2}")]
    [InlineData("{\n  \"b\" : 2.50 }", "{\"a\":1,\n  \"b\" : 2.50 }")]
    public void A_member_is_added_and_every_other_byte_stays(string source, string expected)
    {
        var splice = new JsonSplice();
        splice.AddMember(Encoding.UTF8.GetBytes(source), 0, "a", "1"u8);
        Assert.Equal(expected, Apply(splice, source));
    }

    [Fact]
    public void An_insertion_and_a_removal_at_one_place_keep_their_order()
    {
        var splice = new JsonSplice();
        const string Source = "{\"x\":1,\"y\":2}";
        splice.Replace(1..7, Source.Length, default);
        splice.AddMember(Encoding.UTF8.GetBytes(Source), 0, "a", "1"u8);
        Assert.Equal("{\"a\":1,\"y\":2}", Apply(splice, Source));
    }

    [Theory]
    [InlineData("{\"usage\":{\"total_tokens\":3},\"z\":1e2}")]
    [InlineData("{\"usage\":{}}")]
    public void The_cost_joins_a_usage_object_that_passes_through(string source)
    {
        var cost = new Cost(new NanoUsd(1_150), new NanoUsd(1_000), NanoUsd.Zero, new NanoUsd(150));
        var at = source.IndexOf('{', 2);
        var end = source.IndexOf('}') + 1;
        var to = new ArrayBufferWriter<byte>();
        UsageMembers.WriteWithCost(Encoding.UTF8.GetBytes(source), at..end, cost, to);
        var text = Encoding.UTF8.GetString(to.WrittenSpan);
        Assert.Contains(
            "\"cost\":0.00000115,\"cost_details\":{\"base\":0.000001,",
            text,
            StringComparison.Ordinal
        );
        Assert.Equal(
            source,
            text.Remove(
                text.IndexOf("\"cost\"", StringComparison.Ordinal)
                    - (source.Contains("total", StringComparison.Ordinal) ? 1 : 0),
                text.Length - source.Length
            )
        );
        System.Text.Json.JsonDocument.Parse(text).Dispose();
    }

    [Theory]
    [InlineData(
        """{"usage":{"a":1,"cost":5,"cost_details":{"x":null},"b":2}}""",
        "\"a\":1,\"b\":2,"
    )]
    [InlineData("""{"usage":{"cost":0.1, "cost_details" : {} }}""", "")]
    [InlineData("""{"usage":{"cost_in_usd_ticks":7}}""", "\"cost_in_usd_ticks\":7,")]
    public void A_cost_of_the_hosts_own_makes_way(string source, string others)
    {
        var usage = source[9..^1];
        var cost = new Cost(new NanoUsd(1_000), new NanoUsd(1_000), NanoUsd.Zero, NanoUsd.Zero);
        var to = new ArrayBufferWriter<byte>();
        UsageMembers.WriteWithCost(Encoding.UTF8.GetBytes(source), 9..(9 + usage.Length), cost, to);
        Assert.Equal(
            "{\"usage\":{"
                + others
                + "\"cost\":0.000001,\"cost_details\":{\"base\":0.000001,"
                + "\"gateway_markup\":0,\"reseller_markup\":0}}}",
            Encoding.UTF8.GetString(to.WrittenSpan)
        );
    }

    private static string Apply(JsonSplice splice, string source)
    {
        var to = new ArrayBufferWriter<byte>();
        splice.Apply(Encoding.UTF8.GetBytes(source), to);
        return Encoding.UTF8.GetString(to.WrittenSpan);
    }
}
