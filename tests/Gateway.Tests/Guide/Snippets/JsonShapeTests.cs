using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Guide.Snippets;

public sealed class JsonShapeTests
{
    private const string Real = """
        {"id": "x", "cents": 1, "is_low": false, "card": null, "lines": [{"a": 1}, {"a": 2}]}
        """;

    [Theory]
    [InlineData(
        """{"id": "y", "cents": 9, "is_low": true, "card": {"b": 1}, "lines": [{"a": 3}]}"""
    )]
    [InlineData("""{"id": "…", "…": "…"}""")]
    [InlineData("""{"lines": [], "…": "…"}""")]
    public void The_same_shape_is_the_same(string shown) =>
        Assert.Empty(JsonShape.Differences(JsonNode.Parse(shown), JsonNode.Parse(Real)));

    [Theory]
    [InlineData("""{"id": 1, "…": "…"}""", "$.id is shown as Number and is String")]
    [InlineData("""{"name": "n", "…": "…"}""", "$.name is shown and does not come")]
    [InlineData("""{"lines": [{"b": 1}], "…": "…"}""", "$.lines[0].b is shown and does not come")]
    [InlineData(
        """{"id": "x", "cents": 1, "is_low": true, "card": null}""",
        "$.lines comes and is not shown"
    )]
    public void A_planted_difference_is_seen(string shown, string difference) =>
        Assert.Contains(
            difference,
            JsonShape.Differences(JsonNode.Parse(shown), JsonNode.Parse(Real))
        );
}
