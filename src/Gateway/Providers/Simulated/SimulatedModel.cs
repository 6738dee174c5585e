using System.Text.Json.Nodes;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>Thinks up the answer to a request: the same to the same request, always.</summary>
internal static class SimulatedModel
{
    private const int ToolCallTokens = 8;
    private const int ResultCharsMax = 240;

    public static SimulatedAnswer Answer(SimulatedRequest request)
    {
        var random = new SeededRandom(request.Seed);
        var topics = Topics.Of(request.Prompt);
        var limit = request.Conversation.MaxOutputTokens ?? long.MaxValue;
        var thoughts = SimulatedThoughts.For(request, random, topics);
        var thoughtTokens = thoughts is null ? 0 : SimulatedTokens.Count(thoughts);
        if (thoughts is not null && thoughtTokens >= limit)
        {
            thoughts = SimulatedTokens.Take(thoughts, limit);
            return Finish(request, thoughts, limit, [], StopReason.MaxTokens, null);
        }

        var left = limit - thoughtTokens;
        var directives = request.Directives;
        if (directives.Empty)
        {
            return Finish(request, thoughts, thoughtTokens, [], StopReason.EndTurn, null);
        }

        if (directives.Refusal)
        {
            const string sorry = "I'm sorry, but I can't help with that request.";
            return Finish(request, thoughts, thoughtTokens, Refused(request, sorry));
        }

        if (directives.Text is null && directives.Tokens is null && !directives.ContentFilter)
        {
            var calls = SimulatedToolCalls.For(request, topics, random);
            if (calls.Count > 0)
            {
                return Called(request, thoughts, thoughtTokens, calls, left);
            }
        }

        var text = Text(request, random, topics);
        if (directives.ContentFilter)
        {
            text = SimulatedTokens.Take(text, SimulatedTokens.Count(text) / 2);
            var filtered = new Said([new Block.Text(text)], StopReason.ContentFilter, null);
            return Finish(request, thoughts, thoughtTokens, filtered);
        }

        return Finish(request, thoughts, thoughtTokens, Cut(request, text, left, random));
    }

    private readonly record struct Said(
        IReadOnlyList<Block> Blocks,
        StopReason Stop,
        string? StopSequence
    );

    private static Said Refused(SimulatedRequest request, string sorry) =>
        request.Format is WireFormat.OpenAiChat or WireFormat.OpenAiResponses
            ? new Said([new Block.Refusal(sorry)], StopReason.EndTurn, null)
            : new Said([new Block.Text(sorry)], StopReason.Refusal, null);

    private static SimulatedAnswer Called(
        SimulatedRequest request,
        string? thoughts,
        long thoughtTokens,
        IReadOnlyList<Block.ToolCall> calls,
        long left
    )
    {
        // A call that does not fit would be half an object, which not every format can say.
        var said = new List<Block>();
        foreach (var call in calls)
        {
            left -= TokensOf(call);
            if (left < 0)
            {
                break;
            }

            said.Add(call);
        }

        var stop = said.Count < calls.Count ? StopReason.MaxTokens : StopReason.ToolUse;
        return Finish(request, thoughts, thoughtTokens, said, stop, null);
    }

    private static Said Cut(SimulatedRequest request, string text, long left, SeededRandom random)
    {
        var (stop, sequence) = (StopReason.EndTurn, (string?)null);
        foreach (var candidate in request.Conversation.Stop.Where(s => s.Length > 0))
        {
            if (text.IndexOf(candidate, StringComparison.Ordinal) is >= 0 and var at)
            {
                (text, stop, sequence) = (text[..at], StopReason.StopSequence, candidate);
            }
        }

        var shorter = SimulatedTokens.Take(text, left);
        if (shorter.Length < text.Length)
        {
            (text, stop, sequence) = (shorter, StopReason.MaxTokens, null);
        }

        if (text.Length == 0)
        {
            return new Said([], stop, sequence);
        }

        var block = new Block.Text(text)
        {
            Logprobs = request.Conversation.Logprobs
                ? Logprobs(text, request.Conversation.TopLogprobs ?? 0, random)
                : null,
        };
        return new Said([block], stop, sequence);
    }

    private static string Text(SimulatedRequest request, SeededRandom random, Topics topics)
    {
        var prose = new Prose(random, topics);
        if (request.Directives.Text is { } exact)
        {
            return exact;
        }

        if (request.Directives.Tokens is { } tokens)
        {
            return prose.OfLength(request.Prompt, tokens);
        }

        if (request.Conversation.Format is { Json: true } format)
        {
            return format.Schema is { } schema
                ? new SchemaValues(random, topics).Make(schema)?.ToJsonString() ?? "null"
                : new JsonObject
                {
                    ["answer"] = prose.OfLength(request.Prompt, 24),
                    ["topics"] = new JsonArray([.. topics.Words.Select(w => (JsonNode?)w)]),
                    ["simulated"] = true,
                }.ToJsonString();
        }

        return request.AfterToolResults
            ? $"{FromResults(request)} {prose.Answer(request.Prompt)}"
            : $"{Attachments(request)}{prose.Answer(request.Prompt)}";
    }

    private static string FromResults(SimulatedRequest request)
    {
        var results = request
            .Conversation.Turns[^1]
            .Blocks.OfType<Block.ToolResult>()
            .Select(result =>
            {
                var said = string.Join(
                    ' ',
                    result.Content.OfType<Block.Text>().Select(t => t.Value.Trim())
                );
                said = said.Length > ResultCharsMax ? said[..ResultCharsMax] + "…" : said;
                var name = result.ToolName ?? "the tool";
                return result.IsError
                    ? $"{name} failed ({said})"
                    : $"{name} returned {(said.Length > 0 ? said : "nothing")}";
            });
        return $"Here is what I found: {string.Join("; ", results)}.";
    }

    private static string Attachments(SimulatedRequest request)
    {
        if (request.Conversation.Turns is not [.., { Role: Role.User } last])
        {
            return "";
        }

        var seen = last
            .Blocks.Select(block =>
                block switch
                {
                    Block.Image image => "the image" + Kind(image.Source),
                    Block.Document document => document.Name is { } name
                        ? $"the document \"{name}\""
                        : "the document" + Kind(document.Source),
                    Block.Audio audio => "the recording" + Kind(audio.Source),
                    _ => null,
                }
            )
            .OfType<string>()
            .ToList();
        return seen.Count == 0 ? "" : $"I received {string.Join(" and ", seen)}. ";
    }

    private static string Kind(MediaSource source) =>
        source.MediaType is { } type ? $" ({type})" : "";

    private static SimulatedAnswer Finish(
        SimulatedRequest request,
        string? thoughts,
        long thoughtTokens,
        Said said
    ) => Finish(request, thoughts, thoughtTokens, said.Blocks, said.Stop, said.StopSequence);

    private static SimulatedAnswer Finish(
        SimulatedRequest request,
        string? thoughts,
        long thoughtTokens,
        IReadOnlyList<Block> said,
        StopReason stop,
        string? stopSequence
    ) =>
        new()
        {
            Blocks =
                thoughts is null || !request.ShowsThoughts
                    ? said
                    : [SimulatedThoughts.Block(request, thoughts), .. said],
            Stop = stop,
            StopSequence = stopSequence,
            ReasoningTokens = thoughtTokens,
            OutputTokens = said.Sum(TokensOf),
        };

    private static long TokensOf(Block block) =>
        block switch
        {
            Block.Text text => SimulatedTokens.Count(text.Value),
            Block.Refusal refusal => SimulatedTokens.Count(refusal.Value),
            Block.ToolCall call => ToolCallTokens
                + SimulatedTokens.Count(call.Name)
                + SimulatedTokens.Count(call.ArgumentsJson),
            _ => 0,
        };

    private static List<TokenLogprob> Logprobs(string text, int top, SeededRandom random)
    {
        var made = new List<TokenLogprob>();
        foreach (var token in SimulatedTokens.Split(text))
        {
            var own = -random.Fraction();
            var alternatives = Enumerable
                .Range(0, top)
                .Select(i =>
                    i == 0
                        ? new TokenLogprob(token, own, Bytes(token), [])
                        : Alternative(own - i - random.Fraction())
                )
                .ToList();
            made.Add(new TokenLogprob(token, own, Bytes(token), alternatives));
        }

        return made;

        TokenLogprob Alternative(double logprob)
        {
            var other = " " + random.Letters(4);
            return new TokenLogprob(other, logprob, Bytes(other), []);
        }
    }

    private static byte[] Bytes(string token) => System.Text.Encoding.UTF8.GetBytes(token);
}
