using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;

namespace Arda.Gateway.Billing.Models;

/// <summary>What model pickers show: models at the prices that this caller pays.</summary>
internal sealed class CatalogEndpoint(GatewayCall call, PricedModels models, TimeProvider time)
{
    /// <summary>More than any context window, and small enough to be multiplied.</summary>
    public const long TokensMax = 100_000_000;

    public void Map(IEndpointRouteBuilder app) => app.MapGet("/v1/gateway/catalog", AnswerAsync);

    private async Task AnswerAsync(HttpContext http)
    {
        var admitted = await call.AdmitAsync(http, Scopes.ModelsRead);
        if (
            admitted.Denied(out var denial, out var caller)
            || QuestionOf(http.Request.Query).Denied(out denial, out var question)
        )
        {
            await GatewayCall.RefuseAsync(http, denial);
            return;
        }

        var catalog = await models.ReadAsync(caller, question, http.RequestAborted);
        await GatewayCall.AnswerAsync(
            http,
            json => CatalogJson.Write(json, catalog, time.GetUtcNow())
        );
    }

    private static Outcome<CatalogQuestion> QuestionOf(IQueryCollection query)
    {
        if (
            Tokens(query, "input_tokens").Denied(out var denial, out var input)
            || Tokens(query, "output_tokens").Denied(out denial, out var output)
        )
        {
            return denial;
        }

        const StringSplitOptions Clean =
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var question = new CatalogQuestion(
            query["types"].ToString().Split(',', Clean),
            Asked(input, output),
            Asked(output, input)
        );
        return PricedModels.Refuse(question, "types") is { } unknown ? unknown : question;
    }

    // One count alone asks for an estimate as well; below zero stands for "not asked".
    private static long? Asked(long tokens, long other) =>
        tokens >= 0 ? tokens
        : other >= 0 ? 0
        : null;

    private static Outcome<long> Tokens(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var text))
        {
            return -1L;
        }

        return
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens)
            && tokens <= TokensMax
            ? tokens
            : new Denial.InvalidRequest($"'{name}' is a whole number from 0 to {TokensMax}.", name);
    }
}
