using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Routing;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Billing.Feedback;

/// <summary>
/// Keeps whether an answer was good, for arda/auto to learn from. It hangs on a request that the
/// caller paid for, one for each, and a day has a limit: a bought opinion costs what it says.
/// </summary>
internal sealed class FeedbackEndpoint(GatewayCall call, Receipts receipts, Database database)
{
    private const int PerDayMax = 1_000;
    private const int WordCharsMax = 60;
    private const int CommentCharsMax = 2_000;
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    private static readonly string[] s_ratings = ["up", "down"];

    private static readonly string[] s_reasons =
    [
        "correct",
        "wrong_answer",
        "wrong_model",
        "too_slow",
        "too_expensive",
        "refused",
        "format",
        "other",
    ];

    private sealed record Opinion(
        string Generation,
        string Rating,
        string? Reason,
        string? Intent,
        string? Comment
    );

    public void Map(IEndpointRouteBuilder app) => app.MapPost("/v1/gateway/feedback", TakeAsync);

    private async Task TakeAsync(HttpContext http)
    {
        var admitted = await call.AdmitAsync(http, Scopes.Inference);
        if (admitted.Denied(out var denial, out var caller))
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        if (caller.SpendingDenied is { } barred)
        {
            await GatewayCall.RefuseAsync(http, barred);
            return;
        }

        var read = await GatewayCall.ReadAsync(http);
        if (
            read.Denied(out denial, out var fields)
            || OpinionOf(fields).Denied(out denial, out var opinion)
        )
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        var generation = new GenerationId(opinion.Generation);
        var receipt = await receipts.FindAsync(generation, caller.Project, http.RequestAborted);
        if (receipt is null || (caller.Connection is { } own && receipt.Connection != own))
        {
            var unknown = new Denial.NotFound("generation of yours with that id");
            await GatewayCall.RefuseAsync(http, unknown);
            return;
        }

        if (await KeepAsync(caller, opinion) is not { } at)
        {
            await GatewayCall.RefuseAsync(http, new Denial.RateLimited(s_day, PerDayMax));
            return;
        }

        await GatewayCall.AnswerAsync(
            http,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("generation_id", opinion.Generation);
                json.WriteString("rating", opinion.Rating);
                json.WriteTime("recorded_at", at);
                json.WriteEndObject();
            }
        );
    }

    private static Outcome<Opinion> OpinionOf(JsonFields fields)
    {
        var opinion = new Opinion(
            fields.Text("generation_id", WordCharsMax) ?? "",
            fields.Text("rating", WordCharsMax) ?? "",
            fields.Text("reason", WordCharsMax),
            fields.Text("intent", WordCharsMax),
            fields.Text("comment", CommentCharsMax)
        );
        return fields.Wrong is { } wrong ? wrong
            : !opinion.Generation.StartsWith("gen_", StringComparison.Ordinal)
            || opinion.Generation.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_')
                ? new Denial.InvalidRequest(
                    "'generation_id' is the X-Arda-Generation-Id of an answer.",
                    "generation_id"
                )
            : (
                NoneOf("rating", opinion.Rating, s_ratings)
                ?? NoneOf("reason", opinion.Reason, s_reasons)
                ?? NoneOf("intent", opinion.Intent, RoutingModes.Intents)
            )
                is { } unknown
                ? unknown
            : opinion;
    }

    private static Denial? NoneOf(string name, string? word, IReadOnlyList<string> known) =>
        word is null || known.Contains(word, StringComparer.Ordinal)
            ? null
            : new Denial.InvalidRequest($"'{name}' is one of {string.Join(", ", known)}.", name);

    /// <returns>When; null where the day's limit is reached.</returns>
    private Task<DateTimeOffset?> KeepAsync(Caller caller, Opinion opinion) =>
        database.WriteAsync<DateTimeOffset?>(connection =>
        {
            var now = database.Now(connection);
            if (!Attempts.Take(connection, "feedback:" + caller.Key, PerDayMax, s_day, now))
            {
                return null;
            }

            connection.Execute(
                """
                INSERT INTO feedback(generation, api_key, project, rating, reason, intent, comment,
                    at)
                VALUES(@generation, @key, @project, @rating, @reason, @intent, @comment, @at)
                ON CONFLICT(generation) DO UPDATE SET api_key = excluded.api_key,
                    rating = excluded.rating, reason = excluded.reason,
                    intent = excluded.intent, comment = excluded.comment, at = excluded.at
                """,
                ("generation", opinion.Generation),
                ("key", caller.Key.Value),
                ("project", caller.Project.Value),
                ("rating", opinion.Rating),
                ("reason", opinion.Reason),
                ("intent", opinion.Intent),
                ("comment", opinion.Comment?.Replace("\0", "", StringComparison.Ordinal)),
                ("at", now)
            );
            return DateTimeOffset.FromUnixTimeMilliseconds(now);
        });
}
