using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Inference.Independent;

/// <summary>Prices of every shape that the catalog knows, with digits that make roundings show.</summary>
internal static class PriceLists
{
    public static readonly IReadOnlyList<PriceList> All =
    [
        Of("plain", """{"input":"0.150001","output":"0.6"}"""),
        Of(
            "cached",
            """
            {"input":"3.000001","output":"15.000003","cache_read":"0.300007","cache_write":"3.9",
             "cache_write_5m":"3.750001","cache_write_1h":"6.000011"}
            """
        ),
        Of(
            "tiered",
            """
            {"input":"1.25","output":"10","cache_read":"0.125",
             "tiers":[{"from_input_tokens":200,"input":"2.500001","output":"15.000001"},
                      {"from_input_tokens":200000,"input":"4.000001","output":"20.000001",
                       "cache_read":"0.400001"}]}
            """
        ),
        Of(
            "reasoning",
            """
            {"input":"0.3","output":"2.5","reasoning":"3.500009","cache_read":"0.03",
             "per_request":"0.000123457"}
            """
        ),
        Of(
            "media",
            """
            {"input":"0.5","output":"2","audio_input":"3.100003","image_input":"0.700007",
             "image_output":"30.000001","web_search_per_request":"0.010000001"}
            """
        ),
        Of(
            "peak",
            """
            {"input":"0.27","output":"1.1","cache_read":"0.07",
             "peak":{"windows_utc":[[0,24]],
                     "rates":{"input":"0.540001","output":"2.200001","cache_read":"0.140001"}}}
            """
        ),
        Of(
            "scheduled",
            """
            {"input":"1","output":"4",
             "schedule":[{"effective_from":"2026-01-01","input":"1.500001","output":"6.000001"}],
             "service_tier_multipliers":{"priority":"1.75","flex":"0.5"}}
            """
        ),
        Of("free", """{"input":"0","output":"0"}"""),
    ];

    public static PriceList Named(string name) => All.Single(one => one.Name == name);

    private static PriceList Of(string name, string json) =>
        new(name, JsonNode.Parse(json)!.AsObject());
}
