using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Clients;

/// <summary>The official JavaScript clients, unmodified; the cases are in tests/clients.</summary>
public sealed class NodeClientTests(ClientsGateway gateway)
{
    private const string None = "(none)";

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CasesOf), "openai-chat")]
    public Task Openai_speaks_chat(string upstream, string name) =>
        HasPassedAsync("openai-chat", upstream, name);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CasesOf), "openai-responses")]
    public Task Openai_speaks_responses(string upstream, string name) =>
        HasPassedAsync("openai-responses", upstream, name);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CasesOf), "anthropic")]
    public Task Anthropic_speaks_messages(string upstream, string name) =>
        HasPassedAsync("anthropic", upstream, name);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CasesOf), "ai-openai")]
    public Task Ai_sdk_with_openai(string upstream, string name) =>
        HasPassedAsync("ai-openai", upstream, name);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CasesOf), "ai-compatible")]
    public Task Ai_sdk_with_openai_compatible(string upstream, string name) =>
        HasPassedAsync("ai-compatible", upstream, name);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CasesOf), "ai-anthropic")]
    public Task Ai_sdk_with_anthropic(string upstream, string name) =>
        HasPassedAsync("ai-anthropic", upstream, name);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CasesOf), "guide")]
    public Task The_integration_guide(string upstream, string name) =>
        HasPassedAsync("guide", upstream, name);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CasesOf), "gateway-sdk")]
    public Task The_typescript_sdk(string upstream, string name)
    {
        Assert.SkipWhen(
            NodeRun.Binary is not null && name == None,
            "The TypeScript SDK is not built: npm ci and npm test in sdk/typescript"
        );
        return HasPassedAsync("gateway-sdk", upstream, name);
    }

    public static TheoryData<string, string> CasesOf(string module)
    {
        var cases = new TheoryData<string, string>();
        foreach (var one in NodeRun.All.Where(one => one.Client == module))
        {
            cases.Add(one.Upstream, one.Name);
        }

        if (cases.Count == 0)
        {
            cases.Add(None, None);
        }

        return cases;
    }

    private async Task HasPassedAsync(string module, string upstream, string name)
    {
        Assert.SkipWhen(
            NodeRun.Binary is null,
            "The JavaScript clients are not installed: npm ci --prefix tests/clients"
        );
        Assert.SkipWhen(
            Recording.All.Count == 0 && upstream.StartsWith("recorded-", StringComparison.Ordinal),
            "The recordings are not beside this checkout."
        );
        var run = await gateway.RunAsync(module);
        var found = run.Cases.SingleOrDefault(one => (one.Upstream, one.Name) == (upstream, name));
        Assert.True(found is not null, $"The case has not run: {run.StandardError}");
        Assert.True(found.Error is null, found.Error);
    }
}
