namespace Arda.Gateway.Sdk.Tests;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Checkout
{
    public static readonly string Root = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (
            folder is not null && !File.Exists(Path.Combine(folder.FullName, "Arda.Gateway.slnx"))
        )
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new InvalidOperationException("The tests run from inside a checkout.");
    }
}
