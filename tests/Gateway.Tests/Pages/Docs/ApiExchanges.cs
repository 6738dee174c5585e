using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Billing;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>Asks in somebody's name, and has both bodies judged.</summary>
internal sealed class ApiExchanges(ApiJudge judge, Connected caller)
{
    private static readonly int[] s_good = [200, 201, 204];

    public async Task<JsonNode> GetAsync(
        string path,
        string query = "",
        string id = "",
        int status = 0
    )
    {
        var said = await caller.GetAsync(
            path.Replace("{id}", id, StringComparison.Ordinal) + query
        );
        return Judged("GET", path, said, status);
    }

    public async Task<JsonNode> PostAsync(string path, string body, int status = 0)
    {
        var json = body.Length > 0 ? JsonNode.Parse(body) : null;
        var said = await caller.PostAsync(path, json);
        if (s_good.Contains(said.Status) && json is not null)
        {
            Assert.Empty(judge.RequestMistakes("POST", path, body));
        }

        return Judged("POST", path, said, status);
    }

    private JsonNode Judged(string method, string path, Said said, int status)
    {
        Assert.True(
            status == 0 ? s_good.Contains(said.Status) : said.Status == status,
            $"{method} {path}: {said.Status} {said.Text}"
        );
        Assert.Empty(judge.AnswerMistakes(method, path, said.Status, said.Text));
        return said.Text.Length > 0 ? said.Json : new JsonObject();
    }
}
