using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>AddArdaGateway.</summary>
public sealed class RegistrationTests
{
    [Fact]
    public async Task All_clients_share_the_options_and_the_handlers()
    {
        using var gateway = ScriptedGateway.Of(new HttpResponseMessage());
        var services = new ServiceCollection();
        services
            .AddArdaGateway(options =>
            {
                options.ClientId = "gw_app_x";
                options.ApiKey = "gw_sk_own";
                options.BaseAddress = new Uri("http://localhost:8787/");
            })
            .ConfigurePrimaryHttpMessageHandler(() => gateway);
        await using var provider = services.BuildServiceProvider();

        var user = provider.GetRequiredService<ArdaGatewayClientFactory>().Create("gw_sk_user");
        Assert.Equal("http://localhost:8787/v1", user.OpenAIEndpoint.AbsoluteUri);
        Assert.Equal("http://localhost:8787", user.AnthropicBaseUrl);
        Assert.Equal("gw_sk_own", provider.GetRequiredService<ArdaGatewayClient>().ApiKey);
        Assert.NotNull(provider.GetRequiredService<GatewayOAuthClient>());
        await user.RevokeAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Bearer gw_sk_user", Assert.Single(gateway.Sent).Header("Authorization"));
    }

    [Fact]
    public void What_was_not_set_is_named()
    {
        var services = new ServiceCollection();
        services.AddArdaGateway();
        using var provider = services.BuildServiceProvider();
        var thrown = Assert.Throws<GatewayArgumentException>(
            provider.GetRequiredService<GatewayOAuthClient>
        );
        Assert.Contains("ClientId", thrown.Message, StringComparison.Ordinal);
    }
}
