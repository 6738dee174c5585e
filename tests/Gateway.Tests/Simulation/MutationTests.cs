namespace Arda.Gateway.Tests.Simulation;

/// <summary>The simulation is only worth what it notices: each planted bug has to fail it.</summary>
public sealed class MutationTests
{
    private const int Seeds = 50;
    private const int Steps = 1_200;

    private static readonly Lazy<MutantCompiler> s_compiler = new(() => new());

    public static TheoryData<string> Names => [.. Mutants.All.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_bug_is_noticed_within_50_seeds(string name)
    {
        var mutant = Mutants.All.Single(m => m.Name == name);
        var failure = s_compiler.Value.FirstFailure(mutant, Seeds, Steps);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {failure}");
        Assert.NotNull(failure);
    }

    [Fact]
    public void Without_a_planted_bug_the_same_seeds_pass() =>
        Assert.Null(s_compiler.Value.FirstFailure(new Mutant("none"), Seeds, Steps));
}
