using System.Globalization;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Tests.Crash;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>Wrong answers from providers, over HTTP, to the whole gateway: the caller hears a whole
/// answer or an error in its dialect, and pays for nothing that it did not get.</summary>
public sealed class UpstreamFuzzTests
{
    private const int Percent = 25;
    private const int WarmShare = 8;

    // In the same order, so that the same place is the same dialect.
    private static readonly string[] s_paths =
    [
        "/v1/chat/completions",
        "/v1/messages",
        "/v1/responses",
    ];

    private static readonly string[] s_models =
    [
        "house/chat",
        "house/messages",
        "house/responses",
        "house/gemini",
    ];

    [Fact]
    public async Task Wrong_answers_end_in_an_answer_or_an_error_and_leave_no_trace()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Prices = ("0.01", "0.01");
        upstream.Answer = (http, body) => LyingProvider.AnswerAsync(http, body, FuzzRun.Seed);
        await using var host = await FuzzHost.StartAsync(upstream.Catalog);
        var cases = FuzzRun.Cases(Percent);
        var warm = cases / WarmShare;
        await FuzzRun.RunAsync("upstream-warm", warm, (random, n) => RunAsync(host, random, n));
        host.IsWarm();
        await FuzzRun.RunAsync("upstream", cases - warm, (random, n) => RunAsync(host, random, n));
        await host.AssertUnharmedAsync();
        Assert.Empty(upstream.Mistakes);
        var charged = new StoredBooks(host.Gateway.DataDirectory, null).Count("charge");
        Assert.True(charged > cases / 5, $"Only {charged} answers of {cases} were any good.");
    }

    private static async Task<string?> RunAsync(FuzzHost host, SeededRandom random, int number)
    {
        var isEmbedding = random.OneIn(12);
        var path = isEmbedding ? "/v1/embeddings" : random.Pick(s_paths);
        var isStream = !isEmbedding && random.Next(3) > 0;
        var model = isEmbedding ? "house/embed" : random.Pick(s_models);
        var body = BodyOf(path, model, isStream, LyingProvider.Prompt(number));
        try
        {
            using var answer = await host.Gateway.PostAsync(path, body);
            var bytes = await answer.Content.ReadAsByteArrayAsync();
            var status = (int)answer.StatusCode;
            var wrong =
                status >= 400 ? FuzzHost.WrongWith("POST", path, status, bytes)
                : isStream ? WrongWithStream(path, model, Encoding.UTF8.GetString(bytes))
                : WrongWithWhole(bytes);
            return wrong is null
                ? null
                : $"{wrong}\n{path} {body}\n{Encoding.UTF8.GetString(bytes)}\n{host.LastError}";
        }
        catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException)
        {
            return $"{broken.Message}\n{path} {body}\n{host.LastError}";
        }
    }

    private static string BodyOf(string path, string model, bool isStream, string prompt)
    {
        var stream = isStream ? "true" : "false";
        return path switch
        {
            "/v1/embeddings" => $$"""{"model":"{{model}}","input":"{{prompt}}"}""",
            "/v1/responses" =>
                $$"""{"model":"{{model}}","stream":{{stream}},"max_output_tokens":99,"input":"{{prompt}}"}""",
            _ =>
                $$"""{"model":"{{model}}","stream":{{stream}},"max_tokens":99,"messages":[{"role":"user","content":"{{prompt}}"}]}""",
        };
    }

    private static string? WrongWithWhole(byte[] bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return json.RootElement.ValueKind == JsonValueKind.Object ? null : "No object.";
        }
        catch (JsonException wrong)
        {
            return "An answer that is no JSON: " + wrong.Message;
        }
    }

    // Each event that we made is JSON; those of the caller's own dialect are the provider's bytes.
    // The last one is the dialect's own end or its error.
    private static string? WrongWithStream(string path, string model, string text)
    {
        var isTranslated = Array.IndexOf(s_models, model) != Array.IndexOf(s_paths, path);
        var last = "";
        foreach (var line in text.Split('\n', '\r'))
        {
            if (!line.StartsWith("data:", StringComparison.Ordinal))
            {
                continue;
            }

            last = line[5..].Trim();
            if (last == "[DONE]" || !isTranslated)
            {
                continue;
            }

            try
            {
                using var json = JsonDocument.Parse(last);
            }
            catch (JsonException wrong)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"An event that is no JSON: {wrong.Message}"
                );
            }
        }

        string[] ends = path switch
        {
            "/v1/messages" => ["\"message_stop\"", "\"type\":\"error\""],
            "/v1/responses" =>
            [
                "\"response.completed\"",
                "\"response.incomplete\"",
                "\"response.failed\"",
                "\"type\":\"error\"",
            ],
            _ => ["[DONE]", "\"error\""],
        };
        // What came through as bytes may have its name alone in order.
        return
            ends.Any(end => last.Contains(end, StringComparison.Ordinal))
            || (!isTranslated && text.Contains("message_stop", StringComparison.Ordinal))
            ? null
            : "A stream without an end.";
    }
}
