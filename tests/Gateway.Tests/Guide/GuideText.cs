using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Guide;

/// <summary>The integration guide, cut into its blocks of code, character for character.</summary>
internal sealed class GuideText
{
    private readonly string _text;

    private GuideText(string text) => _text = text;

    /// <summary>Null where the guide is not beside this checkout.</summary>
    public static GuideText? Find()
    {
        var file = Checkout.Shared is { } shared
            ? Path.Combine(shared, "spec", "integration-guide.txt")
            : null;
        return File.Exists(file) ? new GuideText(File.ReadAllText(file)) : null;
    }

    public string Connect => Between("import {\n  buildGateway", "\n\nSDK helpers default to");

    public string Bootstrap => Between("const bootstrap =", "\n\nAutoRoute + billing recovery");

    public string Recovery => Between("const selectedModel =", "\n\nFor chat UIs,");

    public string Stream =>
        Between(
            "const result = await connected.gateway.createChatCompletionStream",
            "\n\nDevice and desktop apps"
        );

    public string Device => Between("import {\n  startGateway", "\n\nOpenAI-compatible fallback");

    public string OpenAi => Between("import OpenAI from", "\n\nAnthropic SDK (TypeScript)");

    public string Anthropic => Between("import Anthropic from", "\n\nPython (openai)");

    public string Python => Between("from openai import", "\n\ncurl\n");

    public string Curl => Between("curl https://gateway", "\n\nSign in with Arda");

    /// <summary>The page that an embedded app is: its four blocks stand in one module.</summary>
    public string EmbeddedApp => string.Join("\n\n", Connect, Bootstrap, Recovery, Stream) + "\n";

    private string Between(string from, string to)
    {
        var start = _text.IndexOf(from, StringComparison.Ordinal);
        Assert.True(start >= 0, $"The guide has no '{from}'.");
        var end = _text.IndexOf(to, start, StringComparison.Ordinal);
        Assert.True(end >= 0, $"The guide has no '{to}'.");
        return _text[start..end];
    }
}
