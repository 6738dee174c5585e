using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>A provider whose every answer is wrong somehow: a real one with something changed, or no
/// answer of its protocol at all. The case's number stands in the prompt.</summary>
internal static partial class LyingProvider
{
    private static readonly int[] s_statuses =
    [
        200,
        201,
        204,
        206,
        301,
        304,
        400,
        401,
        402,
        403,
        404,
        408,
        409,
        413,
        418,
        422,
        429,
        451,
        500,
        501,
        502,
        503,
        504,
        529,
        599,
    ];

    private static readonly string?[] s_types =
    [
        "application/json",
        "text/event-stream",
        "text/event-stream; charset=latin1",
        "text/html",
        "application/octet-stream",
        "x",
        null,
    ];

    private static readonly string[] s_breaks =
    [
        "\n\n",
        "\n\n",
        "\n\n",
        "\r\n\r\n",
        "\r\r",
        "\n",
        "",
    ];

    [GeneratedRegex("case-([0-9]+)", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex CaseNumber { get; }

    public static string Prompt(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"case-{number}");

    public static async Task AnswerAsync(HttpContext http, string request, ulong seed)
    {
        var number = CaseNumber.Match(request).Groups[1].ValueSpan;
        var random = SeededRandom.For(
            seed,
            long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture)
        );
        var path = http.Request.Path.Value ?? "";
        var isStream =
            path.EndsWith(":streamGenerateContent", StringComparison.Ordinal)
            || request.Contains("\"stream\":true", StringComparison.Ordinal);
        var body = BodyFor(ref random, ApiOf(path), isStream);
        http.Response.StatusCode = random.OneIn(12) ? random.Pick(s_statuses) : 200;
        http.Response.ContentType =
            random.OneIn(20) ? random.Pick(s_types)
            : isStream ? "text/event-stream"
            : "application/json";
        if (random.OneIn(20))
        {
            http.Response.Headers.RetryAfter = random.Pick(["0", "-5", "x", "99999999999999"]);
        }

        if (http.Response.StatusCode is 204 or 304)
        {
            return;
        }

        await WriteAsync(http, body, random);
    }

    private static byte[] BodyFor(ref SeededRandom random, string api, bool isStream)
    {
        if (random.OneIn(30))
        {
            return random.Bytes(random.Next(300));
        }

        // Now and then the answer of another protocol, or whole where a stream was asked for.
        var known = UpstreamScripts.All[(api, isStream ^ random.OneIn(40))].ToList();
        var events =
            known.Count > 0
                ? random.Pick(known).ToList()
                : [.. UpstreamScripts.All[("openai.chat", false)].First()];
        for (var times = random.Next(1, 4); times > 0 && events.Count > 0; times--)
        {
            Mutate(ref random, events);
        }

        var bytes = new List<byte>();
        foreach (var one in events)
        {
            bytes.AddRange(one);
            if (isStream)
            {
                var end = random.OneIn(30) ? random.Pick(s_breaks) : "\n\n";
                bytes.AddRange(System.Text.Encoding.ASCII.GetBytes(end));
            }
        }

        return [.. bytes];
    }

    private static void Mutate(ref SeededRandom random, List<byte[]> events)
    {
        var at = random.Next(events.Count);
        switch (random.Next(12))
        {
            case 0 when events.Count > 1:
                events.RemoveAt(at);
                return;
            case 1 when events.Count > 1:
                events.Insert(random.Next(events.Count), events[at]);
                return;
            case 2 when events.Count > 1:
                var other = random.Next(events.Count);
                (events[at], events[other]) = (events[other], events[at]);
                return;
            case 3 when events.Count > 1:
                events.RemoveRange(at, events.Count - at);
                return;
            case 4:
                events[at] = JsonMutation.ByBytes(ref random, events[at]);
                return;
        }

        // What stands before the JSON of an event stays as it is.
        var start = Array.IndexOf(events[at], (byte)'{');
        if (start < 0)
        {
            events[at] = JsonMutation.ByBytes(ref random, events[at]);
            return;
        }

        var json = JsonMutation.Mutate(ref random, events[at][start..]);
        events[at] = [.. events[at][..start], .. json];
    }

    private static async Task WriteAsync(HttpContext http, byte[] body, SeededRandom random)
    {
        var breaksOffAt = random.OneIn(15) ? random.Next(body.Length) : body.Length;
        var at = 0;
        while (at < breaksOffAt)
        {
            var length = random.OneIn(3) ? random.Next(1, 40) : breaksOffAt - at;
            length = Math.Min(length, breaksOffAt - at);
            await http.Response.Body.WriteAsync(body.AsMemory(at, length), http.RequestAborted);
            if (random.OneIn(4))
            {
                await http.Response.Body.FlushAsync(http.RequestAborted);
            }

            at += length;
        }

        if (breaksOffAt < body.Length)
        {
            http.Abort();
        }
    }

    private static string ApiOf(string path) =>
        path.EndsWith("/chat/completions", StringComparison.Ordinal) ? "openai.chat"
        : path.EndsWith("/messages", StringComparison.Ordinal) ? "anthropic.messages"
        : path.EndsWith("/responses", StringComparison.Ordinal) ? "openai.responses"
        : path.EndsWith("/embeddings", StringComparison.Ordinal) ? "openai.embeddings"
        : "gemini.generateContent";
}
