using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>Replays the golden transcripts of wire/, which the TypeScript SDK replays as well; the
/// README there says how they are to be read.</summary>
public sealed class WireTests
{
    private static readonly string s_folder = Path.Combine(Checkout.Root, "wire");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> All =>
        new(
            Directory
                .EnumerateFiles(s_folder, "*.json", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(s_folder, file).Replace('\\', '/'))
                .Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_exchange_is_as_written(string name)
    {
        var file = Path.Combine(s_folder, name);
        var transcript = JsonNode.Parse(await File.ReadAllTextAsync(file, Ct))!.AsObject();
        using var gateway = ScriptedGateway.Of(ResponseOf(transcript["response"]!.AsObject()));
        using var http = new HttpClient(gateway);
        JsonNode? answer = null;
        GatewayException? error = null;
        try
        {
            answer = await TranscriptCall.RunAsync(transcript, http, Ct);
        }
        catch (GatewayException thrown)
        {
            error = thrown;
        }

        CheckRequest(transcript["request"]!.AsObject(), Assert.Single(gateway.Sent));
        if (transcript["error"] is JsonObject expected)
        {
            CheckError(expected, error);
        }
        else
        {
            Assert.Null(error);
            AssertSame(Told.Known(transcript["answer"]), Told.Known(answer));
        }
    }

    private static HttpResponseMessage ResponseOf(JsonObject response)
    {
        var headers = response["headers"]!.AsObject();
        var body = response["body"] switch
        {
            null => "",
            JsonValue text when text.GetValueKind() is JsonValueKind.String =>
                text.GetValue<string>(),
            var json => json.ToJsonString(),
        };
        return ScriptedGateway.Text(
            response["status"]!.GetValue<int>(),
            body,
            headers["content-type"]?.GetValue<string>() ?? "text/plain",
            [
                .. headers
                    .Where(one => one.Key != "content-type")
                    .Select(one => (one.Key, one.Value!.GetValue<string>())),
            ]
        );
    }

    private static void CheckRequest(JsonObject expected, Sent sent)
    {
        var url = sent.Request.RequestUri!;
        Assert.Equal("https://gateway.ardabot.ai", url.GetLeftPart(UriPartial.Authority));
        Assert.Equal(expected["method"]!.GetValue<string>(), sent.Request.Method.Method);
        Assert.Equal(expected["path"]!.GetValue<string>(), url.AbsolutePath);
        Assert.Equal(Parameters(expected["query"]), Parameters(url.Query.TrimStart('?')));
        if (expected["json"] is { } json)
        {
            AssertSame(Told.Known(json), Told.Known(JsonNode.Parse(sent.Body)));
        }
        else
        {
            Assert.Equal(Parameters(expected["form"]), Parameters(sent.Body));
        }

        foreach (var (name, value) in expected["headers"]!.AsObject())
        {
            Assert.Equal((name, value?.GetValue<string>()), (name, sent.Header(name)));
        }
    }

    private static void CheckError(JsonObject expected, GatewayException? error)
    {
        Assert.NotNull(error);
        Assert.Equal(
            expected["kind"]!
                .GetValue<string>()
                .Replace("Error", "Exception", StringComparison.Ordinal),
            error.GetType().Name
        );
        var told = (JsonObject)Told.Of(error)!;
        foreach (var (name, value) in expected.Where(one => one.Key != "kind"))
        {
            // OAuth's own name for what every exception calls its code.
            var found = told[name == "error" ? "code" : name];
            if (value is JsonObject named)
            {
                found = new JsonObject(
                    named.Select(one => KeyValuePair.Create(one.Key, found![one.Key]?.DeepClone()))
                );
            }

            AssertSame(value, found);
        }
    }

    private static void AssertSame(JsonNode? expected, JsonNode? found) =>
        Assert.True(
            JsonNode.DeepEquals(expected, found),
            $"Expected {expected?.ToJsonString()}\nbut found {found?.ToJsonString()}"
        );

    private static IEnumerable<string> Parameters(JsonNode? expected) =>
        (expected?.AsObject() ?? [])
            .Select(one => Parameter($"{one.Key}={one.Value!.GetValue<string>()}"))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Parameters(string text) =>
        text.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => Parameter(Uri.UnescapeDataString(part.Replace('+', ' '))))
            .Order(StringComparer.Ordinal);

    /// <summary>A moment is the same moment however it is written.</summary>
    private static string Parameter(string text) =>
        text.Split('=') is [("from" or "to") and var name, var moment]
            ? name
                + "="
                + DateTimeOffset
                    .Parse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
                    .ToUnixTimeSeconds()
            : text;
}
