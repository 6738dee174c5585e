using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// Remembers prefixes of prompts as a provider's cache does, so that the second of two requests
/// with one long beginning is billed as a cache read. Where the client marks prefixes those are
/// kept; with a prompt cache key it is the end of each turn.
/// </summary>
internal sealed class PromptCache(TimeProvider time)
{
    /// <summary>Shorter prefixes are not worth a place, as at the real ones (1024 there).</summary>
    public const int TokensMin = 256;

    private const int EntriesMax = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, DateTimeOffset> _until = [];

    /// <summary>Splits the prompt into what was read from the cache, written to it, and
    /// neither.</summary>
    public TokenUsage Bill(PromptReading prompt, Conversation conversation, WireFormat format)
    {
        var automatic = conversation.PromptCacheKey is not null;
        var marks = prompt
            .Marks.Where(m => (m.Wanted || automatic) && m.Tokens >= TokensMin)
            .ToList();
        var tokens = prompt.Tokens;
        if (marks.Count == 0)
        {
            return new TokenUsage { Input = tokens };
        }

        lock (_gate)
        {
            var now = time.GetUtcNow();
            var found = marks.FindLastIndex(m =>
                _until.TryGetValue(m.Key, out var until) && until > now
            );
            var usage = new TokenUsage { CacheRead = found < 0 ? 0 : marks[found].Tokens };
            var before = usage.CacheRead;
            for (var i = 0; i < marks.Count; i++)
            {
                Keep(marks[i], now);
                if (i > found)
                {
                    usage = Written(usage, marks[i], marks[i].Tokens - before, format, automatic);
                    before = Math.Max(before, marks[i].Tokens);
                }
            }

            return usage with
            {
                Input = tokens - (usage.PromptTotal - usage.Input),
            };
        }
    }

    private static TokenUsage Written(
        TokenUsage usage,
        PromptMark mark,
        long tokens,
        WireFormat format,
        bool automatic
    ) =>
        tokens <= 0 || (automatic && !mark.Wanted) ? usage
        : format != WireFormat.AnthropicMessages
            ? usage with
            {
                CacheWrite = usage.CacheWrite + tokens,
            }
        : mark.Ttl == "1h" ? usage with { CacheWrite1h = usage.CacheWrite1h + tokens }
        : usage with { CacheWrite5m = usage.CacheWrite5m + tokens };

    private void Keep(PromptMark mark, DateTimeOffset now)
    {
        if (_until.Count >= EntriesMax)
        {
            foreach (var (key, until) in _until.ToList())
            {
                if (until <= now || _until.Count >= EntriesMax)
                {
                    _until.Remove(key);
                }
            }
        }

        var ttl = mark.Ttl == "1h" ? TimeSpan.FromHours(1) : TimeSpan.FromMinutes(5);
        _until[mark.Key] = now + ttl;
    }
}
