using System.Globalization;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>What the usage of a simulated answer shall be.</summary>
internal enum UsageWish
{
    Plausible,
    Missing,
    Exact,
}

/// <summary>
/// Faults and figures on demand, from <c>[simulate: …]</c> in the last user message or from the
/// header: the same list in both. The guide docs/guides/simulated-provider.md explains each.
/// </summary>
internal sealed class Directives
{
    private const string Mark = "[simulate:";
    private const long HugeTokens = 2_000_000_000;

    public int? Status { get; private set; }

    public int? RetryAfterSeconds { get; private set; }

    public TimeSpan? FirstToken { get; private set; }

    public TimeSpan? PerToken { get; private set; }

    public int? CutAfter { get; private set; }

    public int? ErrorAfter { get; private set; }

    public int? HangAfter { get; private set; }

    public int? GarbageAfter { get; private set; }

    public bool Hang { get; private set; }

    public bool Garbage { get; private set; }

    public bool KeyRefused { get; private set; }

    public bool NoCredit { get; private set; }

    public bool ContextLength { get; private set; }

    public bool Empty { get; private set; }

    public bool Refusal { get; private set; }

    public bool ContentFilter { get; private set; }

    public bool BadToolArguments { get; private set; }

    public bool RedactedThinking { get; private set; }

    public int? ToolCalls { get; private set; }

    public int? Tokens { get; private set; }

    public int? ReasoningTokens { get; private set; }

    public string? Text { get; private set; }

    public UsageWish Usage { get; private set; }

    public long UsagePrompt { get; private set; }

    public long UsageOutput { get; private set; }

    private static readonly Dictionary<string, Func<Directives, string?, bool>> s_known = new(
        StringComparer.OrdinalIgnoreCase
    )
    {
        ["status"] = (d, v) => Number(v, 400, 599, n => d.Status = n),
        ["retry-after"] = (d, v) => Number(v, 0, 86_400, n => d.RetryAfterSeconds = n),
        ["first-token-ms"] = (d, v) => Milliseconds(v, t => d.FirstToken = t),
        ["token-ms"] = (d, v) => Milliseconds(v, t => d.PerToken = t),
        ["cut-after"] = (d, v) => Number(v, 0, 1_000_000, n => d.CutAfter = n),
        ["error-after"] = (d, v) => Number(v, 0, 1_000_000, n => d.ErrorAfter = n),
        ["hang-after"] = (d, v) => Number(v, 0, 1_000_000, n => d.HangAfter = n),
        ["garbage-after"] = (d, v) => Number(v, 0, 1_000_000, n => d.GarbageAfter = n),
        ["hang"] = (d, v) => Flag(v, () => d.Hang = true),
        ["garbage"] = (d, v) => Flag(v, () => d.Garbage = true),
        ["key-refused"] = (d, v) => Flag(v, () => d.KeyRefused = true),
        ["no-credit"] = (d, v) => Flag(v, () => d.NoCredit = true),
        ["context-length"] = (d, v) => Flag(v, () => d.ContextLength = true),
        ["empty"] = (d, v) => Flag(v, () => d.Empty = true),
        ["refusal"] = (d, v) => Flag(v, () => d.Refusal = true),
        ["content-filter"] = (d, v) => Flag(v, () => d.ContentFilter = true),
        ["bad-tool-arguments"] = (d, v) => Flag(v, () => d.BadToolArguments = true),
        ["redacted-thinking"] = (d, v) => Flag(v, () => d.RedactedThinking = true),
        ["tool-calls"] = (d, v) => Number(v, 0, 64, n => d.ToolCalls = n),
        ["tokens"] = (d, v) => Number(v, 0, 200_000, n => d.Tokens = n),
        ["reasoning"] = (d, v) => Number(v, 0, 200_000, n => d.ReasoningTokens = n),
        ["usage"] = (d, v) => d.ReadUsage(v),
        ["text"] = (d, v) => (d.Text = v) is not null,
    };

    public static IEnumerable<string> Names => s_known.Keys;

    public bool AreAny { get; private set; }

    /// <summary>Takes the directives out of a prompt.</summary>
    /// <param name="prompt">The last user message.</param>
    /// <param name="rest">The prompt without them.</param>
    /// <returns>What is wrong with them, or null.</returns>
    public string? Take(string prompt, out string rest)
    {
        string? wrong = null;
        rest = prompt;
        while (rest.IndexOf(Mark, StringComparison.OrdinalIgnoreCase) is >= 0 and var start)
        {
            var end = rest.IndexOf(']', start);
            var stop = end < 0 ? rest.Length : end;
            wrong ??= Add(rest[(start + Mark.Length)..stop]);
            rest = string.Concat(rest[..start], end < 0 ? "" : rest[(end + 1)..]).Trim();
        }

        return wrong;
    }

    /// <summary>Adds a list such as <c>cut-after=3, token-ms=20</c>. <c>text=</c> takes all that
    /// follows it.</summary>
    public string? Add(string list)
    {
        while (list.Trim() is { Length: > 0 } left)
        {
            var isText = left.StartsWith("text=", StringComparison.OrdinalIgnoreCase);
            var comma = isText ? -1 : left.IndexOfAny([',', ';']);
            var one = (comma < 0 ? left : left[..comma]).Trim();
            list = comma < 0 ? "" : left[(comma + 1)..];
            var equals = one.IndexOf('=', StringComparison.Ordinal);
            var name = (equals < 0 ? one : one[..equals]).Trim();
            var value = equals < 0 ? null : one[(equals + 1)..].Trim();
            if (equals < 0 && name.Length == 3 && char.IsAsciiDigit(name[0]))
            {
                (name, value) = ("status", name); // "429" alone is short for "status=429".
            }

            if (!s_known.TryGetValue(name, out var apply))
            {
                return $"'{name}' is not a simulation directive. There are: {Listed}.";
            }

            if (!apply(this, value))
            {
                return $"'{one}' is not how the simulation directive '{name}' is written. "
                    + "docs/guides/simulated-provider.md has an example of each.";
            }

            AreAny = true;
        }

        return null;
    }

    private static string Listed => string.Join(", ", Names);

    private bool ReadUsage(string? value)
    {
        switch (value)
        {
            case "none":
                Usage = UsageWish.Missing;
                return true;
            case "zero":
                Usage = UsageWish.Exact;
                return true;
            case "huge":
                (Usage, UsagePrompt, UsageOutput) = (UsageWish.Exact, HugeTokens, HugeTokens);
                return true;
        }

        var parts = value?.Split('/') ?? [];
        if (
            parts.Length != 2
            || !long.TryParse(
                parts[0],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var prompt
            )
            || !long.TryParse(
                parts[1],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var output
            )
        )
        {
            return false;
        }

        (Usage, UsagePrompt, UsageOutput) = (UsageWish.Exact, prompt, output);
        return true;
    }

    private static bool Flag(string? value, Action set)
    {
        set();
        return value is null;
    }

    private static bool Milliseconds(string? value, Action<TimeSpan> set) =>
        Number(value, 0, 3_600_000, ms => set(TimeSpan.FromMilliseconds(ms)));

    private static bool Number(string? value, int min, int max, Action<int> set)
    {
        if (
            !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number < min
            || number > max
        )
        {
            return false;
        }

        set(number);
        return true;
    }
}
