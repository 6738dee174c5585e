using System.Reflection;
using System.Text.Json;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>Every case of the specification's list has a test that names it.</summary>
public sealed class OAuthCoverageTests
{
    /// <summary>Cases about what does not exist yet: they come with the room that they test.</summary>
    private static readonly Dictionary<string, string> s_notYet = new(StringComparer.Ordinal)
    {
        ["PO01"] = "Billing: portal sessions",
        ["PO02"] = "Billing: portal sessions",
        ["PO03"] = "Billing: portal sessions",
        ["PO04"] = "Billing: portal sessions",
        ["PO05"] = "Billing: portal sessions",
        ["PO06"] = "Billing: portal sessions",
        ["AD02"] = "Billing: payouts before approval",
    };

    /// <summary>Cases whose tests stand in other rooms and speak for themselves there.</summary>
    private static readonly Dictionary<string, string> s_elsewhere = new(StringComparer.Ordinal)
    {
        ["SE01"] = "Accounts",
        ["SE02"] = "Accounts",
        ["SE04"] = "Accounts",
        ["SE06"] = "Accounts",
        ["SE08"] = "Accounts",
        ["SE09"] = "Accounts",
        ["SE11"] = "Accounts",
        ["LG01"] = "Hosting",
        ["LG02"] = "Hosting",
        ["SS02"] = "Providers",
    };

    [Fact]
    public void Every_case_of_the_list_has_a_test()
    {
        Assert.SkipWhen(Checkout.Shared is null, "The specification is not beside this checkout.");
        var file = Path.Combine(Checkout.Shared!, "spec", "oauth-cases.json");
        Assert.SkipWhen(!File.Exists(file), "The list of cases is not beside this checkout.");
        using var list = JsonDocument.Parse(File.ReadAllBytes(file));
        var cases = list
            .RootElement.GetProperty("cases")
            .EnumerateArray()
            .Select(one => one.GetProperty("id").GetString()!)
            .ToList();

        Assert.Empty(cases.Except(Named()).Except(s_notYet.Keys).Except(s_elsewhere.Keys));
        // Nobody names a case that does not exist, or excuses one that is tested.
        Assert.Empty(Named().Except(cases));
        Assert.Empty(s_notYet.Keys.Intersect(Named()));
    }

    private static HashSet<string> Named() =>
        [
            .. typeof(OAuthCoverageTests)
                .Assembly.GetTypes()
                .SelectMany(type => type.GetMethods())
                .SelectMany(method => method.GetCustomAttributes<OAuthCaseAttribute>())
                .SelectMany(attribute => attribute.Ids),
        ];
}
