namespace Arda.Gateway.Catalog;

/// <summary>One mistake in a catalog file: where, what is wrong, what to write instead.</summary>
public sealed record CatalogProblem(string File, int Line, string Path, string Wrong, string Write)
{
    internal static CatalogProblem At(SourceValue at, string wrong, string write) =>
        new(at.File, at.Line, at.Path, wrong, write);

    public override string ToString() => $"{File}:{Line}: {Path}: {Wrong}; {Write}.";
}

/// <summary>The catalog is not used with a mistake in it: the process stops at start.</summary>
public sealed class CatalogException(IReadOnlyList<CatalogProblem> problems)
    : Exception("The model catalog has mistakes:" + string.Concat(problems.Select(p => "\n  " + p)))
{
    /// <summary>All that were found, in the order of the files.</summary>
    public IReadOnlyList<CatalogProblem> Problems { get; } = problems;
}
