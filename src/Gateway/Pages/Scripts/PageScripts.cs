namespace Arda.Gateway.Pages.Scripts;

/// <summary>The few scripts there are. Each stands inside its page under that page's nonce; every
/// page works without it.</summary>
internal static class PageScripts
{
    public static string PasskeySignIn { get; } = Read("passkey-sign-in");

    public static string PasskeyNew { get; } = Read("passkey-new");

    public static string ReturnByScheme { get; } = Read("return-by-scheme");

    public static string GoOn { get; } = Read("go-on");

    private static string Read(string name)
    {
        using var resource = typeof(PageScripts).Assembly.GetManifestResourceStream(
            $"Pages/Scripts/{name}.js"
        )!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
