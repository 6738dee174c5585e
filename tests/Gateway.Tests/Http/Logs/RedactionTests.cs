using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Http;
using Arda.Gateway.Http.Logs;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Arda.Gateway.Tests.Http.Logs;

public sealed class RedactionTests
{
    // The tail of each is what must never come out.
    private const string Tail = "Q7f2Zk9LmX4cVb8Rt3Wy6Hs1";

    private static readonly string[] s_shapes =
    [
        "gw_sk_" + Tail,
        "gw_cs_" + Tail,
        "gw_ac_" + Tail,
        "gw_dc_" + Tail,
        "gw_ps_" + Tail,
        "gw_op_" + Tail,
        "sk-" + Tail,
        "sk-ant-api03-" + Tail,
        "sk-or-v1-" + Tail,
        "sk-proj-" + Tail,
        "sk_live_" + Tail,
        "rk_test_" + Tail,
        "whsec_" + Tail,
        "AIzaSy" + Tail,
        "xai-" + Tail,
        "gsk_" + Tail,
        "hf_" + Tail,
        "AKIA" + Tail,
        "ya29." + Tail,
        "Bearer " + Tail,
        "bearer  " + Tail,
        "Basic " + Tail + "==",
        "x-api-key: " + Tail,
        "X-Api-Key=" + Tail,
        "\"x-api-key\": \"" + Tail + "\"",
        "x-api-key: [\"" + Tail + "\"]",
        "x-goog-api-key: " + Tail,
        "Authorization: " + Tail,
        "https://generativelanguage.googleapis.com/v1beta/models?key=" + Tail,
        "/oauth/callback?state=1&code=" + Tail,
        "client_secret=" + Tail,
        "ClientSecret: " + Tail,
        "Host=db;Username=arda;Password=p,w&" + Tail + ";Port=5432",
        "postgres://arda:" + Tail + "@db:5432/arda",
        "Cookie: a=b; __Host-arda_session=" + Tail,
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0." + Tail,
        "-----BEGIN EC PRIVATE KEY-----\n" + Tail + "\n-----END EC PRIVATE KEY-----",
    ];

    public enum Place
    {
        Template,
        Argument,
        ObjectArgument,
        Scope,
        TextScope,
        Exception,
        InnerException,
        ExceptionData,
        FieldName,
    }

    [Fact]
    public void A_secret_never_comes_out_wherever_it_was_logged()
    {
        var texts =
            from before in Gen.Elements("", "see ", "{", "\"", "key \n", "ключ=", "a,b:")
            from shape in Gen.Elements(s_shapes)
            from after in Gen.Elements("", " end", "\"", ";", "\n", ", next", ")")
            select before + shape + after;
        var cases =
            from text in texts
            from place in Gen.Elements(Enum.GetValues<Place>())
            from isJson in Gen.Elements(true, false)
            select (text, place, isJson);
        Prop.ForAll(
                cases.ToArbitrary(),
                c => !Logged(c.text, c.place, c.isJson).Contains(Tail, StringComparison.Ordinal)
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Each_shape_is_taken_out_and_marked(string secret)
    {
        var safe = Redaction.Apply("before " + secret);
        Assert.DoesNotContain(Tail, safe, StringComparison.Ordinal);
        Assert.Contains(Redaction.Mark, safe, StringComparison.Ordinal);
        Assert.StartsWith("before ", safe, StringComparison.Ordinal);
    }

    public static TheoryData<string> Shapes => [.. s_shapes];

    [Theory]
    [InlineData("GET /v1/models 200 in 3 ms (req_019a3f6c2b7d7c41a1d2c3b4e5f60718)")]
    [InlineData("The app gw_app_019a3f6c2b7d7c41a1d2c3b4e5f60718 was approved.")]
    [InlineData("code=insufficient_balance, tokens: 123456 of 200000")]
    [InlineData("The key key_019a3f6c2b7d7c41 of prj_019a3f6c2b7d7c41 was revoked.")]
    [InlineData("Now listening on: http://localhost:8787")]
    public void What_is_no_secret_stays(string text) => Assert.Equal(text, Redaction.Apply(text));

    [Fact]
    public void The_prefix_stays_so_that_a_reader_knows_what_it_was() =>
        Assert.Equal("key gw_sk_[redacted].", Redaction.Apply($"key gw_sk_{Tail}."));

    [Fact]
    public void A_json_line_carries_level_fields_and_the_request_id()
    {
        var line = Log(
            isJson: true,
            log =>
            {
                using (log.BeginScope(new RequestFacts { RequestId = "req_7" }))
                {
                    log.LogWarning("{Provider} took {DurationMs} ms", "openai", 12);
                }
            }
        );
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.Equal("warn", root.GetProperty("level").GetString());
        Assert.Equal("openai took 12 ms", root.GetProperty("message").GetString());
        Assert.Equal(12, root.GetProperty("duration_ms").GetInt32());
        Assert.Equal("req_7", root.GetProperty("request_id").GetString());
        Assert.Equal("Test", root.GetProperty("logger").GetString());
    }

    [Fact]
    public void A_redacted_json_line_is_still_json()
    {
        foreach (var shape in s_shapes)
        {
            using var json = JsonDocument.Parse(Logged(shape + "\" tail", Place.Argument, true));
            Assert.Equal(JsonValueKind.Object, json.RootElement.ValueKind);
        }
    }

    [Theory]
    [InlineData(true, null, TextLines.FormatterName)]
    [InlineData(false, null, JsonLines.FormatterName)]
    [InlineData(true, "json", JsonLines.FormatterName)]
    public async Task The_server_has_one_sink_in_the_format_that_fits(
        bool isForPeople,
        string? format,
        string expected
    )
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection([new("Logging:Format", format)]);
        builder.AddLogs(isForPeople);
        await using var app = builder.Build();
        Assert.IsType<ConsoleLoggerProvider>(
            Assert.Single(app.Services.GetServices<ILoggerProvider>())
        );
        var options = app.Services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value;
        Assert.Equal(expected, options.FormatterName);
        Assert.Contains(
            app.Services.GetServices<ConsoleFormatter>(),
            f => f is RedactedFormatter && f.Name == expected
        );
    }

    private static string Logged(string text, Place place, bool isJson) =>
        Log(isJson, log => Write(log, text, place));

#pragma warning disable CA2254 // A template that holds a secret is the mistake under test.
    private static void Write(ILogger log, string text, Place place)
    {
        switch (place)
        {
            case Place.Template:
                log.LogInformation(text.Replace("{", "{{", StringComparison.Ordinal));
                break;
            case Place.Argument:
                log.LogInformation("said {Said} to {Whom}", text, "somebody");
                break;
            case Place.ObjectArgument:
                log.LogInformation("said {Said}", new { Inner = text });
                break;
            case Place.Scope:
                using (
                    log.BeginScope(
                        new Dictionary<string, object?>(StringComparer.Ordinal) { ["Said"] = text }
                    )
                )
                {
                    log.LogInformation("in scope");
                }

                break;
            case Place.TextScope:
                using (log.BeginScope("said {Said}", text))
                {
                    log.LogInformation("in scope");
                }

                break;
            case Place.Exception:
                log.LogError(new InvalidOperationException(text), "failed");
                break;
            case Place.InnerException:
                log.LogError(new IOException("outer", new HttpRequestException(text)), "failed");
                break;
            case Place.FieldName:
                log.LogInformation("said {ApiKey}", Tail);
                break;
            default:
                log.LogError(new IOException("bad") { Data = { ["said"] = text } }, "failed");
                break;
        }
    }
#pragma warning restore CA2254

    private static string Log(bool isJson, Action<ILogger> write)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        var log = new FormattedLog(
            isJson ? new JsonLines(TimeProvider.System) : new TextLines(TimeProvider.System),
            output
        );
        write(log);
        return output.ToString();
    }

    /// <summary>What the console provider does between a logger and its formatter.</summary>
    private sealed class FormattedLog(ConsoleFormatter formatter, TextWriter output) : ILogger
    {
        private readonly LoggerExternalScopeProvider _scopes = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter1
        )
        {
            var entry = new LogEntry<TState>(
                logLevel,
                "Test",
                eventId,
                state,
                exception,
                formatter1
            );
            formatter.Write(in entry, _scopes, output);
        }
    }
}
