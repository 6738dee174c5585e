using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Pages.Docs;

/// <summary>What is written about the packages is what they have. After a change that is meant, write
/// the pages anew: ARDA_WRITE_DOCS=1.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public Task The_page_of_the_typescript_package_is_its_surface() =>
        CompareAsync("typescript-reference.md", TypeScriptReference.Write());

    [Fact]
    public Task The_page_of_the_dotnet_package_is_its_surface() =>
        CompareAsync("dotnet-reference.md", DotNetReference.Write());

    private static async Task CompareAsync(string name, string made)
    {
        var ct = TestContext.Current.CancellationToken;
        var file = Path.Combine(Checkout.Root, "docs", "site", name);
        if (Environment.GetEnvironmentVariable("ARDA_WRITE_DOCS") is not null)
        {
            await File.WriteAllTextAsync(file, made, ct);
        }

        Assert.True(
            made == await File.ReadAllTextAsync(file, ct),
            $"docs/site/{name} is not what the package has; ARDA_WRITE_DOCS=1 writes it anew."
        );
    }
}
