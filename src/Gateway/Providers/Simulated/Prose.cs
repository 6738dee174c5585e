using System.Text;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>Writes readable text about the words of a prompt. It says that it is simulated, so that
/// nobody takes it for a model's.</summary>
internal sealed class Prose(SeededRandom random, Topics topics)
{
    public const string Disclosure =
        "(This answer was written by the simulated provider; no model was asked.)";

    private const int SentencesMin = 4;
    private const int SentencesSpread = 4;

    private static readonly string[] s_defaults = ["the question", "the context", "the details"];

    private static readonly (string[] Signs, string[] Openings)[] s_openings =
    [
        (
            ["hello", "hi ", "hi!", "hey", "good morning", "good evening"],
            [
                "Hello! It is good to hear from you.",
                "Hi there, and welcome.",
                "Hello. I am ready when you are.",
            ]
        ),
        (
            ["why"],
            [
                "The short reason is that {0} depends on {1}.",
                "Mostly because {0} and {1} pull in the same direction.",
            ]
        ),
        (
            ["summar", "tl;dr", "in short"],
            [
                "In short: {0} matters chiefly because of {1}.",
                "The essence is that {0} decides what becomes of {1}.",
            ]
        ),
        (
            ["bug", "error", "exception", "stack trace", "failing", "fix"],
            [
                "The symptom points at {0}, though the cause is more likely in {1}.",
                "Start by reproducing the problem with {0} alone, then add {1} back.",
            ]
        ),
        (
            ["how"],
            [
                "There are a few ways to approach {0}, and the simplest usually starts with {1}.",
                "Take {0} one step at a time, beginning with {1}.",
            ]
        ),
        (
            ["what", "who", "which", "explain"],
            [
                "{0} is easiest to understand by what it does rather than by its name.",
                "Think of {0} as the part that gives {1} its shape.",
            ]
        ),
    ];

    private static readonly string[] s_anyOpening =
    [
        "Here is one way to look at {0}.",
        "Let us take {0} first and come back to {1} afterwards.",
        "{0} deserves a closer look, together with {1}.",
    ];

    private static readonly string[] s_body =
    [
        "The part about {0} is usually settled first, because everything else leans on it.",
        "It helps to separate {0} from {1}; they change for different reasons.",
        "A small example makes it concrete: change {0}, leave {1} as it is, and compare.",
        "If {0} is uncertain, write down what you expect before you look at {1}.",
        "Most of the effort goes into {0}, while {1} tends to follow by itself.",
        "There is a trade-off here: more of {0} leaves less room for {1}.",
        "In practice people check {0} twice and forget about {1}.",
        "The usual mistake is to treat {0} and {1} as one and the same.",
        "Once {0} is clear, the remaining steps around {1} are short.",
        "You can measure progress by how rarely {0} surprises you.",
        "A good test is whether someone new to {1} can follow the argument about {0}.",
        "Keep notes on {0}: the second time around they save an hour.",
        "None of this needs {1} to be perfect, only to be honest about its limits.",
        "When in doubt, prefer the version of {0} that is easier to undo.",
    ];

    /// <summary>An answer of ordinary length.</summary>
    public string Answer(string prompt) =>
        $"{Opening(prompt)} {Body(SentencesMin + random.Below(SentencesSpread))}\n\n{Disclosure}";

    /// <summary>Text of exactly that many tokens.</summary>
    public string OfLength(string prompt, int tokens)
    {
        var text = new StringBuilder(tokens * 5);
        text.Append(Opening(prompt));
        while (SimulatedTokens.Count(text.ToString()) < tokens)
        {
            // In bulk, so that counting stays cheap for long texts.
            text.Append(' ').Append(Body(Math.Clamp(tokens / 40, 1, 400)));
        }

        return SimulatedTokens.Take(text.ToString(), tokens);
    }

    public string Thoughts(int tokens)
    {
        var text = new StringBuilder();
        text.Append(Fill("The question is about {0}; I should say something useful on {1} too."));
        while (SimulatedTokens.Count(text.ToString()) < tokens)
        {
            text.Append(' ').Append(Body(Math.Clamp(tokens / 40, 1, 400)));
        }

        return SimulatedTokens.Take(text.ToString(), tokens);
    }

    private string Opening(string prompt)
    {
        foreach (var (signs, openings) in s_openings)
        {
            if (signs.Any(sign => prompt.Contains(sign, StringComparison.OrdinalIgnoreCase)))
            {
                return Fill(random.Pick(openings));
            }
        }

        return Fill(random.Pick(s_anyOpening));
    }

    private string Body(int sentences)
    {
        var text = new StringBuilder();
        var last = -1;
        for (var i = 0; i < sentences; i++)
        {
            var next = random.Below(s_body.Length);
            next = next == last ? (next + 1) % s_body.Length : next;
            last = next;
            text.Append(i == 0 ? "" : " ").Append(Fill(s_body[next]));
        }

        return text.ToString();
    }

    private string Fill(string template)
    {
        var words = topics.Words.Count > 1 ? topics.Words : s_defaults;
        var first = random.Below(words.Count);
        var second = (first + 1 + random.Below(words.Count - 1)) % words.Count;
        var filled = template
            .Replace("{0}", words[first], StringComparison.Ordinal)
            .Replace("{1}", words[second], StringComparison.Ordinal);
        return char.ToUpperInvariant(filled[0]) + filled[1..];
    }
}
