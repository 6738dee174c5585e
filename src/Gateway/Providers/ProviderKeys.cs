using Arda.Gateway.Catalog;
using Arda.Gateway.Http;

namespace Arda.Gateway.Providers;

/// <summary>A provider's key. It prints as stars, so that no log line can hold it by
/// accident.</summary>
internal sealed class ProviderKey(string value)
{
    public string Reveal() => value;

    public override string ToString() => "***";
}

/// <summary>Finds the operator's keys: in a file that is named, or in the environment under the
/// name that the provider's own tools use.</summary>
internal static class ProviderKeys
{
    private const int KeyCharsMax = 4_096;

    private static readonly Dictionary<string, string[]> s_variables = new(StringComparer.Ordinal)
    {
        ["alibaba"] = ["DASHSCOPE_API_KEY"],
        ["anthropic"] = ["ANTHROPIC_API_KEY"],
        ["cerebras"] = ["CEREBRAS_API_KEY"],
        ["deepseek"] = ["DEEPSEEK_API_KEY"],
        ["fireworks"] = ["FIREWORKS_API_KEY"],
        ["google"] = ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        ["groq"] = ["GROQ_API_KEY"],
        ["meta"] = ["LLAMA_API_KEY"],
        ["minimax"] = ["MINIMAX_API_KEY"],
        ["mistral"] = ["MISTRAL_API_KEY"],
        ["moonshot"] = ["MOONSHOT_API_KEY"],
        ["openai"] = ["OPENAI_API_KEY"],
        ["openrouter"] = ["OPENROUTER_API_KEY"],
        ["together"] = ["TOGETHER_API_KEY"],
        ["xai"] = ["XAI_API_KEY"],
        ["zai"] = ["ZAI_API_KEY"],
    };

    /// <summary>The variables that are looked at for a provider; the first that is set wins. An id
    /// that the table does not know is turned into a name: <c>my-host</c> into
    /// <c>MY_HOST_API_KEY</c>.</summary>
    public static IReadOnlyList<string> VariablesOf(string providerId) =>
        s_variables.TryGetValue(providerId, out var names)
            ? names
            :
            [
                string.Concat(
                    providerId.Select(c =>
                        char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'
                    )
                ) + "_API_KEY",
            ];

    /// <summary>Null where the provider needs none or the operator has given none.</summary>
    /// <exception cref="ConfigurationException">A key is named that cannot be one.</exception>
    public static ProviderKey? Find(
        Provider provider,
        ProviderSettings? settings,
        Func<string, string?> environment
    )
    {
        if (provider.Auth == ProviderAuth.None)
        {
            return null;
        }

        if (settings?.ApiKeyFile is { } path)
        {
            return FromFile($"Providers:{provider.Id}:ApiKeyFile", path);
        }

        foreach (var name in VariablesOf(provider.Id))
        {
            if (environment(name)?.Trim() is { Length: > 0 } value)
            {
                return Checked(name, value);
            }
        }

        return null;
    }

    private static ProviderKey FromFile(string setting, string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                setting,
                path,
                "the path of a file that this process may read, with the key and nothing else"
            );
        }

        return Checked(setting, text);
    }

    private static ProviderKey Checked(string setting, string value) =>
        value.Length is > 0 and <= KeyCharsMax && value.All(c => c is > ' ' and <= '~')
            ? new ProviderKey(value)
            : throw new ConfigurationException(
                setting,
                $"{value.Length} characters with others than visible ASCII among them, or none",
                "one key on one line, without quotes"
            );
}
