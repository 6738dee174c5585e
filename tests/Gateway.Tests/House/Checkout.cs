namespace Arda.Gateway.Tests.House;

/// <summary>The source tree that the tests were built from, as text.</summary>
internal static class Checkout
{
    public static readonly string Root = FindRoot();

    public static readonly string Server = Path.Combine(Root, "src", "Gateway");

    /// <summary>Facts and recordings beside the checkout; null in a fresh clone alone.</summary>
    public static string? Shared
    {
        get
        {
            var path =
                Environment.GetEnvironmentVariable("ARDA_SHARED")
                ?? Path.Combine(Root, "..", "shared");
            return Directory.Exists(path) ? Path.GetFullPath(path) : null;
        }
    }

    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory
            .EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Where(path => !Segments(path).Any(s => s is "bin" or "obj" or "node_modules"));

    public static string[] Segments(string path) =>
        Path.GetRelativePath(Root, path).Split(Path.DirectorySeparatorChar);

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
