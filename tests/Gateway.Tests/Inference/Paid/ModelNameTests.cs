namespace Arda.Gateway.Tests.Inference.Paid;

/// <summary>Names that are wrong, old, or of another kind of model.</summary>
public sealed class ModelNameTests(PaidGateway gateway) : IClassFixture<PaidGateway>
{
    public static TheoryData<string> Paths => [.. Ask.Paths];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_misspelt_name_is_not_found_and_the_nearest_is_named(string path)
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(path, Ask.For(path, "claude-opus-55"));

        answer.Expect(404);
        Assert.Equal(
            path == Ask.Messages ? "not_found_error" : "invalid_request_error",
            (string?)answer.Error["type"]
        );
        Assert.Equal("model_not_found", answer.Code);
        Assert.Contains(
            "Did you mean 'claude-opus-5-5'?",
            (string)answer.Error["message"]!,
            StringComparison.Ordinal
        );
        Assert.Null(answer.Header("X-Arda-Selected-Model"));
    }

    [Fact]
    public async Task A_name_as_long_as_a_request_is_not_repeated_whole()
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, new string('m', 100_000)));
        Assert.Equal("model_not_found", answer.Expect(404).Code);
        var message = (string)answer.Error["message"]!;
        Assert.Contains("'mmm", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 300);
    }

    [Fact]
    public async Task A_retired_model_names_its_successor()
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, "old"));
        Assert.Equal("model_not_found", answer.Expect(404).Code);
        var message = (string)answer.Error["message"]!;
        Assert.Contains("retired on 2026-01-01", message, StringComparison.Ordinal);
        Assert.Contains("'messages'", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deprecated_model_still_answers()
    {
        var client = await gateway.ClientAsync();
        var answer = await client.AskAsync(Ask.Chat, Ask.For(Ask.Chat, "ageing"));
        Assert.Equal("ageing", answer.Expect(200).Header("X-Arda-Selected-Model"));
    }

    [Theory]
    [InlineData(Ask.Chat, "simulated/embed")]
    [InlineData("/v1/embeddings", "simulated/chat")]
    public async Task A_model_of_another_kind_is_refused_by_name(string path, string model)
    {
        var client = await gateway.ClientAsync();
        var body = Ask.For(Ask.Chat, model).With("input", "Hello");
        var answer = await client.AskAsync(path, body);
        Assert.Equal("model", (string?)answer.Expect(400).Error["param"]);
        Assert.Contains(model, (string)answer.Error["message"]!, StringComparison.Ordinal);
    }
}
