using Microsoft.CodeAnalysis;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>A planted bug: a change of the source text, compiled into an assembly of its own. The
/// code that ships knows nothing of it.</summary>
public sealed record Mutant(string Name, params IReadOnlyList<Plant> Plants)
{
    public override string ToString() => Name;

    internal IEnumerable<SyntaxTree> Apply(MutantCompiler compiler)
    {
        List<SyntaxTree> trees = [.. compiler.Trees];
        foreach (var plant in Plants)
        {
            var at = trees.FindIndex(tree => tree.FilePath == plant.File);
            Assert.True(at >= 0, $"{Name}: there is no {plant.File}");
            var text = trees[at].ToString();
            var first = text.IndexOf(plant.Find, StringComparison.Ordinal);
            Assert.True(first >= 0, $"{Name}: {plant.File} no longer says: {plant.Find}");
            Assert.Equal(first, text.LastIndexOf(plant.Find, StringComparison.Ordinal));
            text = text.Replace(plant.Find, plant.Replace, StringComparison.Ordinal);
            trees[at] = MutantCompiler.Parse(plant.File, text);
        }

        return trees;
    }
}

/// <summary>One place of a planted bug.</summary>
/// <param name="File">Below the ledger's folder, or in the simulation's.</param>
/// <param name="Find">What it says, exactly once.</param>
/// <param name="Replace">What a tired engineer might have written.</param>
public sealed record Plant(string File, string Find, string Replace);
