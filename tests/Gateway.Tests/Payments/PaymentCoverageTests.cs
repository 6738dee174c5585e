using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Payments;

/// <summary>
/// Every case of the specification's list of payment failures has a test that names it and runs with
/// both providers; and where money hangs on it, the test was seen to fail.
/// </summary>
public sealed partial class PaymentCoverageTests
{
    private const int CasesMax = 66;

    /// <summary>Cases in which somebody can lose money, or be charged what they never agreed to.
    /// </summary>
    private static readonly int[] s_costly =
    [
        2,
        3,
        6,
        7,
        10,
        12,
        13,
        14,
        15,
        20,
        22,
        24,
        25,
        26,
        27,
        28,
        29,
        31,
        32,
        33,
        34,
        35,
        36,
        38,
        41,
        42,
        43,
        44,
        45,
        46,
        47,
        49,
        66,
    ];

    private static readonly ILookup<int, MethodInfo> s_tests = Tests();

    public static TheoryData<int> Cases => [.. Enumerable.Range(1, CasesMax)];

    public static TheoryData<int> Costly => [.. s_costly];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_has_tests_with_both_providers(int number)
    {
        var tests = s_tests[number].ToList();
        Assert.True(tests.Count > 0, $"Nothing tests case {number}.");
        var skipped = tests.Where(test =>
            test.GetCustomAttribute<FactAttribute>()!.Skip is not null
        );
        Assert.Empty(skipped.Select(test => test.Name));
        Assert.True(tests.Any(HasBothSides), $"Case {number} runs with one provider only.");
    }

    [Theory]
    [MemberData(nameof(Costly))]
    public void A_case_that_can_cost_money_was_seen_to_fail(int number)
    {
        var planted = Planted().Where(line => line.Numbers.Contains(number)).ToList();
        Assert.True(
            planted.Count > 0,
            $"No fault was planted against case {number}: see planted-faults.md."
        );
        var named = s_tests[number].Select(test => test.Name).ToList();
        Assert.All(planted, line => Assert.Contains(line.Test, named));
    }

    [Fact]
    public void The_list_is_the_specifications()
    {
        var file = Checkout.Shared is { } shared
            ? Path.Combine(shared, "spec", "payments.md")
            : null;
        Assert.SkipUnless(File.Exists(file), "The list of cases is not beside this checkout.");
        var listed = File.ReadLines(file!)
            .SkipWhile(line => !line.StartsWith("## 10.", StringComparison.Ordinal))
            .Select(line => ListedCase().Match(line))
            .Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));

        Assert.Equal(Enumerable.Range(1, CasesMax), listed);
        Assert.All(s_tests, tests => Assert.InRange(tests.Key, 1, CasesMax));
        Assert.All(
            Planted().SelectMany(line => line.Numbers),
            number => Assert.InRange(number, 1, CasesMax)
        );
    }

    private static ILookup<int, MethodInfo> Tests() =>
        typeof(PaymentCoverageTests)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
            .SelectMany(method =>
                method
                    .GetCustomAttributes<PaymentCaseAttribute>()
                    .SelectMany(attribute => attribute.Numbers)
                    .Distinct()
                    .Select(number => (Number: number, Method: method))
            )
            .ToLookup(one => one.Number, one => one.Method);

    // The rows of such a test name the side that it talks to.
    private static bool HasBothSides(MethodInfo test)
    {
        var takesSide = test.GetParameters().Any(one => one.ParameterType == typeof(OtherSide));
        return takesSide && test.GetCustomAttributes<MemberDataAttribute>().Any();
    }

    private static IEnumerable<(int[] Numbers, string Test)> Planted() =>
        File.ReadLines(
                Path.Combine(
                    Checkout.Root,
                    "tests",
                    "Gateway.Tests",
                    "Payments",
                    "planted-faults.md"
                )
            )
            .Select(line => PlantedLine().Match(line))
            .Where(match => match.Success)
            .Select(match =>
                (
                    match
                        .Groups[1]
                        .Value.Split(", ")
                        .Select(number => int.Parse(number, CultureInfo.InvariantCulture))
                        .ToArray(),
                    match.Groups[2].Value
                )
            );

    [GeneratedRegex(@"^([0-9]{1,2})\. ", RegexOptions.None, 1_000)]
    private static partial Regex ListedCase();

    [GeneratedRegex(
        @"^\| ([0-9]{1,2}(?:, [0-9]{1,2})*) \| .+ \| `(\w+)` \|$",
        RegexOptions.None,
        1_000
    )]
    private static partial Regex PlantedLine();
}
