namespace Arda.Gateway.Pages.Docs;

/// <summary>The repository's own texts, embedded under their paths in it.</summary>
internal static class DocsResources
{
    public static string Read(string source)
    {
        using var resource =
            typeof(DocsResources).Assembly.GetManifestResourceStream(source)
            ?? throw new InvalidOperationException($"{source} is not embedded.");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>Where a relative link of one file leads, as a path of the repository.</summary>
    public static string Resolve(string source, string link)
    {
        List<string> path = [.. source.Split('/')[..^1]];
        foreach (var segment in link.Split('/'))
        {
            if (segment == ".." && path.Count > 0)
            {
                path.RemoveAt(path.Count - 1);
            }
            else if (segment is not ("" or "." or ".."))
            {
                path.Add(segment);
            }
        }

        return string.Join('/', path);
    }
}
