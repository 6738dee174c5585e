using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Arda.Gateway.Tests.Accounts;
using Arda.Gateway.Tests.House;
using Arda.Gateway.Tests.Pages;

namespace Arda.Gateway.Tests.OAuth;

/// <summary>
/// Every case of the specification's list has a test that names it, runs as the list asks, and, where
/// an account, money or a key hangs on it, was seen to fail.
/// </summary>
public sealed partial class OAuthCoverageTests
{
    private const string Absent = "(the list is absent)";

    /// <summary>Where tests have two gateways on one PostgreSQL.</summary>
    private static readonly Type[] s_onTwoNodes =
    [
        typeof(OAuthTwoNodesTests),
        typeof(SessionTests),
    ];

    private static readonly ILookup<string, MethodInfo> s_tests = Tests();

    public static TheoryData<string> Cases =>
        [.. Listed().Select(one => one.Id).DefaultIfEmpty(Absent)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_has_tests_that_run_as_the_list_asks(string id)
    {
        var wanted = Of(id);
        var tests = s_tests[id].ToList();
        Assert.True(tests.Count > 0, $"Nothing tests {id}, {wanted.Title}.");
        var skipped = tests.Where(test =>
            test.GetCustomAttribute<FactAttribute>()!.Skip is not null
        );
        Assert.Empty(skipped.Select(test => test.Name));
        if (wanted.How == "browser")
        {
            Assert.Contains(tests, IsInBrowser);
        }

        if (wanted.How == "two-nodes")
        {
            Assert.Contains(tests, test => s_onTwoNodes.Contains(test.DeclaringType));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_that_can_cost_somebody_something_was_seen_to_fail(string id)
    {
        var wanted = Of(id);
        if (wanted.Severity != "P0")
        {
            return;
        }

        var planted = Planted().Where(line => line.Ids.Contains(id)).ToList();
        Assert.True(
            planted.Count > 0,
            $"No fault was planted against {id}, {wanted.Title}: see planted-faults.md."
        );
        var named = s_tests[id].Select(test => test.Name).ToList();
        Assert.All(planted, line => Assert.Contains(line.Test, named));
    }

    [Fact]
    public void Nobody_names_a_case_that_is_not_in_the_list()
    {
        var listed = Listed().Select(one => one.Id).ToHashSet(StringComparer.Ordinal);
        Assert.SkipWhen(listed.Count == 0, "The list of cases is not beside this checkout.");

        Assert.Empty(s_tests.Select(tests => tests.Key).Except(listed));
        Assert.Empty(Planted().SelectMany(line => line.Ids).Except(listed));
    }

    private static Case Of(string id)
    {
        Assert.SkipWhen(id == Absent, "The list of cases is not beside this checkout.");
        return Listed().Single(one => one.Id == id);
    }

    private static IEnumerable<Case> Listed()
    {
        var file = Checkout.Shared is { } shared
            ? Path.Combine(shared, "spec", "oauth-cases.json")
            : null;
        if (file is null || !File.Exists(file))
        {
            return [];
        }

        using var list = JsonDocument.Parse(File.ReadAllBytes(file));
        return
        [
            .. list
                .RootElement.GetProperty("cases")
                .EnumerateArray()
                .Select(one => new Case(
                    one.GetProperty("id").GetString()!,
                    one.GetProperty("title").GetString()!,
                    one.GetProperty("how").GetString()!,
                    one.GetProperty("severity").GetString()!
                )),
        ];
    }

    // Named by the attribute, or by a name that begins with the case.
    private static ILookup<string, MethodInfo> Tests() =>
        typeof(OAuthCoverageTests)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
            .SelectMany(method => IdsOf(method).Distinct().Select(id => (Id: id, Method: method)))
            .ToLookup(one => one.Id, one => one.Method, StringComparer.Ordinal);

    private static IEnumerable<string> IdsOf(MethodInfo method) =>
        method
            .GetCustomAttributes<OAuthCaseAttribute>()
            .SelectMany(attribute => attribute.Ids)
            .Concat(NamedCase().Matches(method.Name).Select(match => match.Groups[1].Value));

    private static bool IsInBrowser(MethodInfo test) =>
        test.DeclaringType!.GetConstructors()
            .Any(made => made.GetParameters().Any(one => one.ParameterType == typeof(Chromium)));

    private static IEnumerable<(string[] Ids, string Test)> Planted() =>
        File.ReadLines(
                Path.Combine(Checkout.Root, "tests", "Gateway.Tests", "OAuth", "planted-faults.md")
            )
            .Select(line => PlantedLine().Match(line))
            .Where(match => match.Success)
            .Select(match => (match.Groups[1].Value.Split(", "), match.Groups[2].Value));

    [GeneratedRegex("^([A-Z]{2}[0-9]{2})_", RegexOptions.None, 1_000)]
    private static partial Regex NamedCase();

    [GeneratedRegex(
        @"^\| ([A-Z]{2}[0-9]{2}(?:, [A-Z]{2}[0-9]{2})*) \| .+ \| `(\w+)` \|$",
        RegexOptions.None,
        1_000
    )]
    private static partial Regex PlantedLine();

    private sealed record Case(string Id, string Title, string How, string Severity);
}
