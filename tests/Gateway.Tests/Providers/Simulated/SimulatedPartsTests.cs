using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Providers.Simulated;
using Arda.Gateway.Tests.House;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Providers.Simulated;

public sealed class SimulatedPartsTests
{
    [Fact]
    public void Directives_are_taken_out_of_the_prompt_and_read()
    {
        var directives = new Directives();
        var wrong = directives.Take(
            "Hello [simulate: cut-after=3, token-ms=20; usage=10/5] there [simulate: 503]",
            out var rest
        );
        Assert.Null(wrong);
        Assert.Equal("Hello  there", rest);
        Assert.Equal((3, 503), (directives.CutAfter, directives.Status));
        Assert.Equal(TimeSpan.FromMilliseconds(20), directives.PerToken);
        Assert.Equal((10, 5), (directives.UsagePrompt, directives.UsageOutput));
    }

    [Fact]
    public void A_text_keeps_its_commas()
    {
        var directives = new Directives();
        Assert.Null(directives.Take("[simulate: tokens=3, text=Yes, and no.]", out _));
        Assert.Equal("Yes, and no.", directives.Text);
    }

    [Theory]
    [InlineData("[simulate: explode]", "'explode' is not a simulation directive. There are: status")]
    [InlineData("[simulate: cut-after=soon]", "'cut-after=soon' is not how")]
    [InlineData("[simulate: hang=yes]", "'hang=yes' is not how")]
    [InlineData("[simulate: usage=a/b]", "'usage=a/b' is not how")]
    public void An_unknown_directive_is_refused_with_all_that_there_are(string prompt, string says)
    {
        var wrong = new Directives().Take(prompt, out _);
        Assert.StartsWith(says, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guide_explains_every_directive()
    {
        var guide = File.ReadAllText(
            Path.Combine(Checkout.Root, "docs", "guides", "simulated-provider.md")
        );
        Assert.Empty(
            Directives.Names.Where(name => !guide.Contains($"`{name}", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("Hello, world!", 4)]
    [InlineData("internationalisation", 4)]
    [InlineData("Grüße 你好 🙂", 6)]
    public void Tokens_are_about_as_many_as_elsewhere(string text, int tokens)
    {
        Assert.Equal(tokens, SimulatedTokens.Count(text));
        Assert.Equal(text, string.Concat(SimulatedTokens.Split(text)));
        Assert.Equal(text, SimulatedTokens.Take(text, tokens));
    }

    [Fact]
    public void Prose_has_exactly_the_length_that_was_asked_for()
    {
        var prose = new Prose(new SeededRandom(1), Topics.Of("bridges and tunnels"));
        foreach (var tokens in (int[])[0, 1, 17, 5_000])
        {
            Assert.Equal(tokens, SimulatedTokens.Count(prose.OfLength("How?", tokens)));
        }
    }

    [Fact]
    public void A_seal_holds_for_its_text_and_for_no_other()
    {
        var seal = ThinkingSeal.Sign("I think");
        Assert.True(ThinkingSeal.Holds(seal, "I think"));
        Assert.True(ThinkingSeal.Holds(seal, ""));
        Assert.False(ThinkingSeal.Holds(seal, "I thought"));
        Assert.False(ThinkingSeal.Holds(seal[..^4] + "AAAA", "I think"));
        Assert.False(ThinkingSeal.Holds("EqQBCkYIBBgC", "I think"));
        Assert.False(ThinkingSeal.Holds(null, "I think"));
    }

    [Fact]
    public void A_marked_prefix_is_written_once_and_read_until_it_expires()
    {
        var clock = new HandClock();
        var cache = new PromptCache(clock);
        var first = Bill(cache, "1h", "one");
        var second = Bill(cache, "1h", "two");
        Assert.True(first.CacheWrite1h > PromptCache.TokensMin);
        Assert.Equal((0, first.CacheWrite1h), (first.CacheRead, second.CacheRead));
        Assert.Equal(0, second.CacheWrite1h);
        Assert.Equal(first.PromptTotal, second.PromptTotal);
        clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(0, Bill(cache, "1h", "three").CacheRead);
    }

    [Fact]
    public void A_short_prefix_is_not_cached()
    {
        var cache = new PromptCache(new HandClock());
        var conversation = Conversed([new Block.Text("short") { Cache = new CacheMark("5m") }]);
        using var prompt = PromptReading.Of(conversation, "chat");
        var usage = cache.Bill(prompt, conversation, WireFormat.AnthropicMessages);
        Assert.Equal(prompt.Tokens, usage.Input);
    }

    [Fact]
    public void The_same_text_has_the_same_vector_of_length_one_in_both_encodings()
    {
        var numbers = Embedded("""{"input":"a bridge","dimensions":32}""")[0];
        var floats = numbers.GetProperty("embedding").EnumerateArray().Select(x => x.GetSingle());
        var text = Embedded("""{"input":["a bridge"],"dimensions":32,"encoding_format":"base64"}""")[0];
        var bytes = text.GetProperty("embedding").GetBytesFromBase64();
        var decoded = Enumerable
            .Range(0, bytes.Length / 4)
            .Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * 4)))
            .ToList();
        Assert.Equal(floats, decoded);
        Assert.Equal(32, decoded.Count);
        Assert.Equal(1, decoded.Sum(x => (double)x * x), 5);
    }

    [Fact]
    public void Texts_with_words_in_common_are_nearer_than_others()
    {
        var data = Embedded(
            """{"input":["the old bridge in town","an old bridge","quarterly tax report"]}"""
        );
        double Near(int a, int b) =>
            Values(a).Zip(Values(b), (x, y) => (double)x * y).Sum();
        float[] Values(int i) =>
            [.. data[i].GetProperty("embedding").EnumerateArray().Select(x => x.GetSingle())];
        Assert.True(Near(0, 1) > Near(0, 2) + 0.2);
    }

    [Theory]
    [InlineData("""{"dimensions":3}""", "input")]
    [InlineData("""{"input":"x","dimensions":-42}""", "dimensions")]
    [InlineData("""{"input":"x","encoding_format":"hex"}""", "encoding_format")]
    public void A_wrong_embedding_request_is_refused_by_its_field(string body, string param) =>
        Assert.Equal(
            param,
            SimulatedEmbeddings.Read(Encoding.UTF8.GetBytes(body), isGemini: false, 256).Param
        );

    private static List<JsonElement> Embedded(string body)
    {
        var asked = SimulatedEmbeddings.Read(Encoding.UTF8.GetBytes(body), isGemini: false, 256);
        Assert.Null(asked.Wrong);
        var to = new ArrayBufferWriter<byte>();
        SimulatedEmbeddings.WriteOpenAi(asked, "embed", withUsage: true, to);
        return [.. JsonElement.Parse(to.WrittenSpan).GetProperty("data").EnumerateArray()];
    }

    private static TokenUsage Bill(PromptCache cache, string ttl, string question)
    {
        var prefix = new Prose(new SeededRandom(1), Topics.Of("")).OfLength("", 400);
        var conversation = Conversed([
            new Block.Text(prefix) { Cache = new CacheMark(ttl) },
            new Block.Text(question),
        ]);
        using var prompt = PromptReading.Of(conversation, "chat");
        return cache.Bill(prompt, conversation, WireFormat.AnthropicMessages);
    }

    private static Conversation Conversed(IReadOnlyList<Block> blocks) =>
        new() { Model = "chat", Turns = [new Turn(Role.User, blocks)] };
}
