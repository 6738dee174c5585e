using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Arda.Gateway.Providers.Simulated;

namespace Arda.Gateway.Tests.Providers.Simulated;

public sealed class SchemaValuesTests
{
    private const int Seeds = 50;

    [Fact]
    public void Required_members_enums_bounds_and_nesting_are_honoured_for_every_seed()
    {
        const string schema = """
            {"type":"object","required":["city","unit","days","where","tags","note"],
             "additionalProperties":false,
             "properties":{
               "city":{"type":"string","minLength":3,"maxLength":12},
               "unit":{"enum":["celsius","fahrenheit"]},
               "days":{"type":"integer","minimum":2,"exclusiveMaximum":5},
               "where":{"type":"object","required":["lat"],
                        "properties":{"lat":{"type":"number","minimum":-90,"maximum":90}}},
               "tags":{"type":"array","minItems":2,"maxItems":2,"items":{"const":"x"}},
               "note":{"type":["string","null"]},
               "extra":{"type":"boolean"}}}
            """;
        for (var seed = 0UL; seed < Seeds; seed++)
        {
            var made = Make(schema, seed)!.AsObject();
            Assert.InRange(made["city"]!.GetValue<string>().Length, 3, 12);
            Assert.Contains(made["unit"]!.GetValue<string>(), (string[])["celsius", "fahrenheit"]);
            Assert.InRange(made["days"]!.GetValue<long>(), 2, 4);
            Assert.InRange(made["where"]!["lat"]!.GetValue<double>(), -90, 90);
            Assert.Equal("""["x","x"]""", made["tags"]!.ToJsonString());
            Assert.True(made.ContainsKey("note"));
        }
    }

    [Fact]
    public void A_recursive_schema_comes_to_an_end()
    {
        const string schema = """
            {"$ref":"#/$defs/node","$defs":{"node":{"type":"object","required":["value","next"],
             "properties":{"value":{"type":"integer"},
                           "next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}}}}}
            """;
        var made = Make(schema, 1)!;
        Assert.NotNull(made["value"]);
        Assert.True(made.AsObject().ContainsKey("next"));
    }

    [Theory]
    [InlineData("date", @"^\d{4}-\d\d-\d\d$")]
    [InlineData("date-time", @"^\d{4}-\d\d-\d\dT[\d:]+Z$")]
    [InlineData("email", @"^\S+@\S+$")]
    [InlineData("uri", "^https://")]
    [InlineData("uuid", "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$")]
    [InlineData("ipv4", @"^\d+\.\d+\.\d+\.\d+$")]
    public void Formats_look_as_they_are_named(string format, string shape) =>
        Assert.Matches(
            shape,
            Make($$"""{"type":"string","format":"{{format}}"}""", 7)!.GetValue<string>()
        );

    [Theory]
    [InlineData(@"^\d{5}$")]
    [InlineData("^[A-Z]{2}-[0-9]{3,6}$")]
    [InlineData("^(red|green|blue)$")]
    [InlineData(@"^[^@\s]+@example\.com$")]
    [InlineData("^#(?:[0-9a-fA-F]{3}){1,2}$")]
    [InlineData(@"^\+?[1-9]\d{1,14}$")]
    [InlineData("^v[0-9]+(\\.[0-9]+)*$")]
    public void A_pattern_is_matched_for_every_seed(string pattern)
    {
        for (var seed = 0UL; seed < Seeds; seed++)
        {
            var text = PatternText.Make(pattern, new SeededRandom(seed));
            Assert.True(
                Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)),
                $"{text} against {pattern}"
            );
        }
    }

    [Fact]
    public void Values_come_from_the_prompt()
    {
        var topics = Topics.Of("What is the weather in Paris and in Oslo?");
        var schema = JsonElement.Parse(
            """{"type":"object","required":["city"],"properties":{"city":{"type":"string"}}}"""
        );
        var made = new[] { 0, 1 }.Select(turn =>
            new SchemaValues(new SeededRandom(1), topics, turn).Make(schema)!["city"]!.GetValue<string>()
        );
        Assert.Equal(["Paris", "Oslo"], made);
    }

    [Fact]
    public void Whole_multiples_stay_inside_their_bounds()
    {
        for (var seed = 0UL; seed < Seeds; seed++)
        {
            var made = Make(
                """{"type":"integer","minimum":7,"maximum":23,"multipleOf":5}""",
                seed
            )!.GetValue<long>();
            Assert.Contains(made.ToString(CultureInfo.InvariantCulture), (string[])["10", "15", "20"]);
        }
    }

    private static JsonNode? Make(string schema, ulong seed) =>
        new SchemaValues(new SeededRandom(seed), Topics.Of("tell me about bridges in Istanbul")).Make(
            JsonElement.Parse(schema)
        );
}
