using System.Text.Json;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace Arda.Gateway.Tests.Clients;

/// <summary>Anthropic's own .NET library against the gateway, with its check of answers on.</summary>
public sealed class AnthropicDotNetTests(ClientsGateway gateway)
{
    public static TheoryData<string> Everywhere => DotNetSituation.Everywhere;

    public static TheoryData<string> Simulated => DotNetSituation.Simulated;

    /// <summary>Gemini signs its calls, which goes to clients of this dialect as redacted_thinking:
    /// this library's aggregator cannot take that block in a stream, from whomever it comes.</summary>
    public static TheoryData<string> WithAggregatedTools =>
        [
            .. DotNetSituation
                .WithStreamedTools.Select(row => row.Data)
                .Where(upstream => !upstream.EndsWith("-gemini", StringComparison.Ordinal)),
        ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task An_answer_has_text_a_reason_and_its_cost(string upstream)
    {
        var t = new DotNetSituation(upstream);
        var client = await ClientAsync(upstream);
        var message = await client.Messages.Create(Ask(t.Model("plain"), "Hello, world!"), Ct);
        t.Says("plain", TextOf(message));
        Assert.True(message.StopReason == StopReason.EndTurn);
        Assert.True(message.Usage.RawData["cost"].GetDecimal() > 0);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_stream_is_gathered_by_the_aggregator(string upstream)
    {
        var t = new DotNetSituation(upstream);
        var client = await ClientAsync(upstream);
        var message = await client
            .Messages.CreateStreaming(Ask(t.Model("stream"), "Say this is a test"), Ct)
            .Aggregate();
        t.Says("stream", TextOf(message));
        Assert.True(message.StopReason == StopReason.EndTurn);
        Assert.True(message.Usage.OutputTokens > 0);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task A_tool_loop_of_parallel_calls_comes_to_its_answer(string upstream)
    {
        var t = new DotNetSituation(upstream);
        var client = await ClientAsync(upstream);
        var ask = Ask(t.Model("tools"), DotNetSituation.Question) with
        {
            Tools = ToolsOf(t, "tools"),
        };
        var first = await client.Messages.Create(ask, Ct);
        Assert.True(first.StopReason == StopReason.ToolUse);
        Assert.Equal(t.Calls("tools"), CallsOf(first));
        var second = await client.Messages.Create(
            ask with
            {
                Messages = [.. ask.Messages, .. AnswersTo(first)],
            },
            Ct
        );
        t.Says("tools", TextOf(second));
    }

    [Theory]
    [MemberData(nameof(WithAggregatedTools))]
    public async Task Streamed_arguments_of_parallel_calls_add_up(string upstream)
    {
        var t = new DotNetSituation(upstream);
        var client = await ClientAsync(upstream);
        var ask = Ask(t.Model("tools-stream"), DotNetSituation.Question) with
        {
            Tools = ToolsOf(t, "tools-stream"),
        };
        var first = await client.Messages.CreateStreaming(ask, Ct).Aggregate();
        Assert.Equal(t.Calls("tools-stream"), CallsOf(first));
    }

    [Theory]
    [MemberData(nameof(Simulated))]
    public async Task Thoughts_go_back_unchanged_in_a_tool_loop(string upstream)
    {
        var t = new DotNetSituation(upstream);
        var client = await ClientAsync(upstream);
        var ask = Ask(t.Model("reasoning"), DotNetSituation.Question) with
        {
            MaxTokens = 8_192,
            Thinking = new ThinkingConfigEnabled { BudgetTokens = 2_048 },
            Tools = ToolsOf(t, "reasoning"),
        };
        var first = await client.Messages.Create(ask, Ct);
        Assert.Equal(t.Calls("reasoning"), CallsOf(first));
        var second = await client.Messages.Create(
            ask with
            {
                Messages = [.. ask.Messages, .. AnswersTo(first)],
            },
            Ct
        );
        Assert.Contains("sunny", TextOf(second), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Simulated))]
    public async Task An_image_is_carried_and_tokens_are_counted(string upstream)
    {
        var t = new DotNetSituation(upstream);
        var client = await ClientAsync(upstream);
        List<ContentBlockParam> seen =
        [
            new ImageBlockParam
            {
                Source = new Base64ImageSource
                {
                    Data = DotNetSituation.Png,
                    MediaType = MediaType.ImagePng,
                },
            },
            new TextBlockParam { Text = "What is this?" },
        ];
        var ask = Ask(t.Model("image"), "") with
        {
            Messages = [new MessageParam { Role = Role.User, Content = seen }],
        };
        Assert.NotEmpty(TextOf(await client.Messages.Create(ask, Ct)));
        var count = await client.Messages.CountTokens(
            new MessageCountTokensParams { Model = t.Model("image"), Messages = ask.Messages },
            Ct
        );
        Assert.True(count.InputTokens > 0);
    }

    [Fact]
    public async Task A_low_balance_is_a_billing_error_whose_way_out_can_be_read()
    {
        await gateway.ReadyAsync();
        var client = ClientOf(gateway.PoorKey);
        var ask = Ask("simulated/chat", "Hi") with { MaxTokens = 16_000 };
        var error = await Assert.ThrowsAnyAsync<Anthropic4xxException>(() =>
            client.Messages.Create(ask, Ct)
        );
        Assert.Equal(402, (int)error.StatusCode);
        using var body = JsonDocument.Parse(error.ResponseBody);
        var found = body.RootElement.GetProperty("error");
        Assert.Equal("billing_error", found.GetProperty("type").GetString());
        Assert.Equal("open_portal", found.GetProperty("gateway").GetProperty("action").GetString());
    }

    [Fact]
    public async Task A_wrong_key_and_an_unknown_model_are_its_own_exceptions()
    {
        await gateway.ReadyAsync();
        await Assert.ThrowsAsync<AnthropicUnauthorizedException>(() =>
            ClientOf("gw_sk_x").Messages.Create(Ask("simulated/chat", "Hi"), Ct)
        );
        await Assert.ThrowsAsync<AnthropicNotFoundException>(() =>
            ClientOf(gateway.Host.ApiKey).Messages.Create(Ask("claude-99", "Hi"), Ct)
        );
    }

    [Theory]
    [InlineData("error-after=3", 1)]
    [InlineData("cut-after=3", 2)]
    public async Task A_stream_that_fails_is_an_exception(string fault, int model)
    {
        await gateway.ReadyAsync();
        var ask = Ask($"faulty/dotnet-{model}", $"Go [simulate: {fault}, token-ms=20]");
        await Assert.ThrowsAnyAsync<AnthropicException>(() =>
            ClientOf(gateway.Host.ApiKey).Messages.CreateStreaming(ask, Ct).Aggregate()
        );
    }

    private async Task<AnthropicClient> ClientAsync(string upstream)
    {
        await gateway.ReadyAsync();
        // The recordings of Anthropic are older than some members that the check demands.
        return ClientOf(gateway.Host.ApiKey, validates: upstream != "recorded-messages");
    }

    private AnthropicClient ClientOf(string key, bool validates = false) =>
        new()
        {
            ApiKey = key,
            BaseUrl = gateway.Host.Address.ToString().TrimEnd('/'),
            MaxRetries = 0,
            ResponseValidation = validates,
        };

    private static MessageCreateParams Ask(string model, string text) =>
        new()
        {
            Model = model,
            MaxTokens = 1_024,
            Messages = [new MessageParam { Role = Role.User, Content = text }],
        };

    private static List<ToolUnion> ToolsOf(DotNetSituation t, string scene) =>
        [
            .. t.Tools(scene)
                .Select(tool =>
                    (ToolUnion)
                        new Tool
                        {
                            Name = tool.Key,
                            Description = "Answers.",
                            InputSchema = InputSchema.FromRawUnchecked(
                                JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
                                    tool.Value
                                )!
                            ),
                        }
                ),
        ];

    private static string TextOf(Message message) =>
        string.Concat(
            message.Content.Select(block => block.TryPickText(out var text) ? text.Text : "")
        );

    private static IEnumerable<string> CallsOf(Message message) =>
        UsesIn(message)
            .Select(use =>
                DotNetSituation.Shown(use.Name, JsonSerializer.SerializeToElement(use.Input))
            );

    private static IEnumerable<ToolUseBlock> UsesIn(Message message) =>
        message
            .Content.Select(block => block.TryPickToolUse(out var use) ? use : null)
            .OfType<ToolUseBlock>();

    private static IEnumerable<MessageParam> AnswersTo(Message message) =>
        [
            new MessageParam
            {
                Role = Role.Assistant,
                Content = message
                    .Content.Select(block => new ContentBlockParam(block.Json))
                    .ToList(),
            },
            new MessageParam
            {
                Role = Role.User,
                Content = UsesIn(message)
                    .Select(use =>
                        (ContentBlockParam)
                            new ToolResultBlockParam { ToolUseID = use.ID, Content = "sunny" }
                    )
                    .ToList(),
            },
        ];
}
