using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>
/// A gateway in front of scripted providers. Models of the name <c>two/…</c> are sold by "first" and,
/// at twice the price, by "second"; <c>one/…</c> by "first" alone; <c>messages</c> and
/// <c>responses</c> speak those protocols. Simulated models are there by name.
/// </summary>
public sealed class PaidGateway : IAsyncLifetime
{
    public const int TwoModels = 60;

    private int _projects;
    private int _models;

    public GatewayHost Host { get; private set; } = null!;

    internal ScriptedUpstream Upstream { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await ScriptedUpstream.StartAsync();
        Host = await GatewayHost.StartAsync(
            new GatewayHostOptions
            {
                Catalog = PaidCatalog.Of(Upstream.Address).ToJsonString(),
                Settings =
                [
                    ("Keys:RequestsPerMinute", "1000000"),
                    ("Inference:KeepAliveSeconds", "1"),
                    ("Providers:FirstByteSeconds", "4"),
                    ("Providers:WholeAnswerSeconds", "2"),
                    ("Providers:first:BillsOnDisconnect", "false"),
                ],
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            Assert.Empty(await LedgerVerification.RunAsync(Host.Database, default));
        }
        finally
        {
            await Host.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }

    /// <summary>A model of that kind that no other test has asked, so that no fault of another is
    /// held against it.</summary>
    public string FreshModel(string kind) =>
        $"{kind}/{Interlocked.Increment(ref _models).ToString(CultureInfo.InvariantCulture)}";

    /// <summary>A project of its own with that much promotional credit, and a key for it.</summary>
    internal async Task<PaidClient> ClientAsync(
        NanoUsd balance,
        IReadOnlyList<string>? scopes = null,
        int? requestsPerMinute = null
    )
    {
        var services = Host.Services;
        var number = Interlocked.Increment(ref _projects);
        Assert.False(
            EmailAddress.Read($"payer{number}@example.com").Denied(out _, out var address)
        );
        var owner = await services.GetRequiredService<People>().FindOrCreateAsync(address!);
        var made = await services
            .GetRequiredService<Projects>()
            .CreateAsync(owner.Id, "Payer " + number);
        Assert.False(made.Denied(out var denial, out var project), denial?.ToString());
        var credits = services.GetRequiredService<Credits>();
        await credits.OpenWalletAsync(project!.Id);
        if (balance > NanoUsd.Zero)
        {
            await credits.GrantPromoAsync(project.Id, balance, "test:" + project.Id);
        }

        var wish = new NewKey
        {
            Owner = owner.Id,
            Project = project.Id,
            Name = "test",
            Scopes = scopes ?? Scopes.OfAnOwnKey,
            RequestsPerMinute = requestsPerMinute,
        };
        var minted = await services.GetRequiredService<ApiKeys>().MintAsync(wish);
        Assert.False(minted.Denied(out denial, out var key), denial?.ToString());
        return new PaidClient(Host, credits, project.Id, key!.Secret);
    }

    internal Task<PaidClient> ClientAsync() => ClientAsync(NanoUsd.FromCents(10_000));
}

/// <summary>Somebody with a key and a balance.</summary>
internal sealed class PaidClient(
    GatewayHost host,
    Credits credits,
    ProjectId project,
    string secret
)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public string Secret => secret;

    public ProjectId Project => project;

    public async Task<NanoUsd> BalanceAsync() => (await credits.ReadAsync(project, Ct))!.Balance;

    public Task GrantAsync(NanoUsd amount) =>
        credits.GrantPromoAsync(project, amount, "more:" + project);

    public async Task<PaidAnswer> AskAsync(
        string path,
        JsonNode body,
        params (string Name, string Value)[] headers
    )
    {
        using var sent = await SendAsync(path, body.ToJsonString(), headers);
        return await PaidAnswer.ReadAsync(sent);
    }

    /// <summary>The answer as soon as its headers are there.</summary>
    public Task<HttpResponseMessage> SendAsync(
        string path,
        string body,
        params (string Name, string Value)[] headers
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
    }

    public Task<JsonNode> ReceiptAsync(PaidAnswer answer) =>
        ReceiptOfAsync(answer.Header("X-Arda-Generation-Id")!);

    /// <summary>Waits where the request ends only after its client left.</summary>
    public async Task<JsonNode> ReceiptOfAsync(string generation)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                "/v1/gateway/generations/" + generation
            );
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
            using var told = await host.Client.SendAsync(request, Ct);
            var text = await told.Content.ReadAsStringAsync(Ct);
            if (told.StatusCode != HttpStatusCode.NotFound)
            {
                Assert.True(told.IsSuccessStatusCode, text);
                return JsonNode.Parse(text)!["receipt"]!;
            }

            await Task.Delay(10, Ct);
        }
    }
}

/// <summary>An answer read to its end.</summary>
internal sealed record PaidAnswer(
    int Status,
    string Text,
    IReadOnlyDictionary<string, string> Headers
)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The error object of a refusal, whichever dialect.</summary>
    public JsonNode Error => Json["error"]!;

    public string? Code => (string?)Error["code"];

    public PaidAnswer Expect(int status)
    {
        Assert.True(Status == status, $"{Status}: {Text}");
        return this;
    }

    public static async Task<PaidAnswer> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new PaidAnswer(
            (int)answer.StatusCode,
            text,
            answer
                .Headers.Concat(answer.Content.Headers)
                .ToDictionary(
                    one => one.Key,
                    one => string.Join(", ", one.Value),
                    StringComparer.OrdinalIgnoreCase
                )
        );
    }
}

/// <summary>Requests in their shortest form.</summary>
internal static class Ask
{
    public const string Chat = "/v1/chat/completions";
    public const string Responses = "/v1/responses";
    public const string Messages = "/v1/messages";

    public static readonly IReadOnlyList<string> Paths = [Chat, Responses, Messages];

    /// <summary>The name that the dialect has for the longest answer.</summary>
    public static string LimitOf(string path) =>
        path == Responses ? "max_output_tokens" : "max_tokens";

    public static string ApiOf(string path) =>
        path switch
        {
            Responses => "openai.responses",
            Messages => "anthropic.messages",
            _ => "openai.chat",
        };

    public static JsonObject For(
        string path,
        string model,
        string text = "Hello",
        bool stream = false
    )
    {
        var body = new JsonObject
        {
            ["model"] = model,
            [path == Responses ? "input" : "messages"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = text }
            ),
        };
        if (stream)
        {
            body["stream"] = true;
        }

        if (path == Messages)
        {
            body["max_tokens"] = 64;
        }

        return body;
    }

    public static JsonObject With(this JsonObject body, string name, JsonNode? value)
    {
        body[name] = value;
        return body;
    }
}
