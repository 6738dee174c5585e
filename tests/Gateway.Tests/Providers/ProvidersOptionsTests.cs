using Arda.Gateway.Catalog;
using Arda.Gateway.Http;
using Arda.Gateway.Providers;
using Arda.Gateway.Tests.House;
using Microsoft.Extensions.Configuration;

namespace Arda.Gateway.Tests.Providers;

public sealed class ProvidersOptionsTests
{
    private static readonly string[] s_ids = ["openai", "anthropic", "simulated"];

    [Fact]
    public void What_the_operator_writes_is_read()
    {
        var options = Read(
            ("Providers:SimulateMissing", "true"),
            ("Providers:FirstByteSeconds", "30"),
            ("Providers:Simulation:TokensPerSecond", "0"),
            ("Providers:openai:BaseUrl", "http://127.0.0.1:11434/v1"),
            ("Providers:openai:BillsOnDisconnect", "true")
        );
        Assert.True(options.SimulateMissing);
        Assert.Equal(TimeSpan.FromSeconds(30), options.FirstByteMax);
        Assert.Equal(0, options.Simulation.TokensPerSecond);
        Assert.Equal("http://127.0.0.1:11434/v1", options.Providers["openai"].BaseUrl!.AbsoluteUri);
        Assert.True(options.Providers["openai"].BillsOnDisconnect);
    }

    [Theory]
    [InlineData("Providers:SimulateMissing", "perhaps", "write true or false")]
    [InlineData("Providers:FirstByteSeconds", "0", "a whole number from 1 to 3600")]
    [InlineData("Providers:opnai:BaseUrl", "https://x.example", "one of openai, anthropic")]
    [InlineData("Providers:openai:ApiKey", "sk-secret", "ApiKeyFile")]
    [InlineData("Providers:openai:BaseUrl", "ftp://x.example", "without key, query or fragment")]
    [InlineData("Providers:openai:BaseUrl", "https://u:p@x.example", "without key")]
    [InlineData("Providers:openai:BaseUrl", "https://x.example?key=1", "without key")]
    [InlineData("Providers:openai:BaseUrl", "http://8.8.8.8/v1", "https, because")]
    [InlineData("Providers:openai:BaseUrl", "http://169.254.169.254/v1", "link-local")]
    [InlineData("Providers:openai:BaseUrl", "http://0xA9FEA9FE/v1", "link-local")]
    [InlineData("Providers:openai:BaseUrl", "http://2852039166/v1", "link-local")]
    [InlineData("Providers:openai:BaseUrl", "http://[::ffff:169.254.169.254]/v1", "link-local")]
    [InlineData("Providers:openai:BaseUrl", "http://[fe80::1]/v1", "link-local")]
    [InlineData("Providers:openai:BaseUrl", "https://[64:ff9b::a9fe:a9fe]/", "link-local")]
    public void What_cannot_be_meant_is_refused_with_what_to_write(
        string key,
        string value,
        string write
    )
    {
        var refusal = Assert.Throws<ConfigurationException>(() => Read((key, value)));
        Assert.Contains(
            string.Join(':', key.Split(':')[..2]),
            refusal.Message,
            StringComparison.Ordinal
        );
        Assert.Contains(write, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-secret", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("u:p", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_comes_from_its_file_before_the_environment_and_never_prints()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "sk-from-file\n");
            var key = ProviderKeys.Find(
                OpenAi,
                new ProviderSettings { ApiKeyFile = path },
                _ => "sk-from-environment"
            );
            Assert.Equal(("sk-from-file", "***"), (key!.Reveal(), $"{key}"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("google", "GEMINI_API_KEY")]
    [InlineData("xai", "XAI_API_KEY")]
    [InlineData("my-own.host", "MY_OWN_HOST_API_KEY")]
    public void A_key_is_looked_for_under_the_name_that_the_providers_tools_use(
        string provider,
        string variable
    ) => Assert.Equal(variable, ProviderKeys.VariablesOf(provider)[0]);

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("schlüssel")]
    public void A_key_that_cannot_be_one_stops_the_start_without_being_repeated(string value)
    {
        var refusal = Assert.Throws<ConfigurationException>(() =>
            ProviderKeys.Find(OpenAi, null, _ => value)
        );
        Assert.Contains("OPENAI_API_KEY", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_that_is_not_there_stops_the_start()
    {
        var settings = new ProviderSettings { ApiKeyFile = "/nowhere/openai.key" };
        var refusal = Assert.Throws<ConfigurationException>(() =>
            ProviderKeys.Find(OpenAi, settings, _ => null)
        );
        Assert.Contains("Providers:openai:ApiKeyFile", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_key_an_offer_is_not_configured_unless_the_simulation_stands_in()
    {
        using var bare = new ProvidersRig(environment: _ => null);
        using var standing = new ProvidersRig(
            new ProvidersOptions { SimulateMissing = true },
            environment: _ => null
        );
        using var keyed = new ProvidersRig(
            new ProvidersOptions { SimulateMissing = true },
            environment: name => name == "ANTHROPIC_API_KEY" ? "sk" : null
        );
        var offer = bare
            .Catalog.Models.SelectMany(m => m.Offers)
            .First(o => o.ProviderId == "anthropic");
        Assert.False(bare.Upstreams.IsConfigured(offer));
        Assert.True(
            standing.Upstreams.IsConfigured(offer) && standing.Upstreams.IsSimulated(offer)
        );
        Assert.True(keyed.Upstreams.IsConfigured(offer) && !keyed.Upstreams.IsSimulated(offer));
    }

    [Fact]
    public void The_guides_own_example_adds_a_provider_on_this_machine()
    {
        var guide = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "guides", "providers.md"));
        var fence = guide.IndexOf("```json", StringComparison.Ordinal);
        var start = guide.IndexOf('\n', fence);
        var example = guide[start..guide.IndexOf("```", start, StringComparison.Ordinal)];
        using var rig = new ProvidersRig(environment: _ => null, catalog: example);
        Assert.True(rig.Upstreams.IsConfigured(rig.Catalog.Find("local/llama")!.Offers[0]));
    }

    [Fact]
    public void An_address_of_the_catalog_is_judged_like_one_of_the_settings()
    {
        const string catalog = """
            {"catalog":{"providers":[
              {"id":"evil","name":"Evil","base_url":"http://169.254.169.254/v1","auth":"none"}]}}
            """;
        var refusal = Assert.Throws<ConfigurationException>(() =>
            new ProvidersRig(environment: _ => null, catalog: catalog)
        );
        Assert.Contains(
            "catalog.providers[evil].base_url",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_stream_is_read_to_its_end_where_cutting_it_saves_nothing()
    {
        using var rig = new ProvidersRig();
        Assert.False(rig.Upstreams.BillsOnDisconnect("anthropic"));
        Assert.True(rig.Upstreams.BillsOnDisconnect("google"));
    }

    private static readonly Provider OpenAi = new()
    {
        Id = "openai",
        Name = "OpenAI",
        BaseUrl = new Uri("https://api.openai.com/v1"),
        Auth = ProviderAuth.Bearer,
    };

    private static ProvidersOptions Read(params (string Key, string Value)[] settings) =>
        ProvidersOptions.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))
                )
                .Build(),
            s_ids
        );
}
