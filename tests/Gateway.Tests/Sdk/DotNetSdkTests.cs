using System.ClientModel;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Arda.Gateway.Billing.Portal;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Sdk;
using OpenAI;
using OpenAI.Chat;

namespace Arda.Gateway.Tests.Sdk;

/// <summary>The .NET SDK, and the official clients that it points at the gateway, against a running
/// one.</summary>
public sealed class DotNetSdkTests(SdkWorld sdk)
{
    private static readonly GatewayChatRequest s_hello = new()
    {
        Model = "arda/auto",
        Messages = [GatewayChatMessage.User("Hello")],
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_knows_all_it_needs_in_one_round_trip()
    {
        var gateway = await RichAsync();
        var request = new GatewayBootstrapRequest
        {
            Billing = new GatewayBillingWish { MinimumBalanceCents = 100 },
            Models = new GatewayModelQuery
            {
                Types = ["language"],
                Usage = new GatewayTypicalUsage(5_000, 1_000),
            },
        };
        var bootstrap = await gateway.GetEmbeddedAppBootstrapAsync(request, Ct);
        Assert.True(bootstrap.Billing.Ready, bootstrap.Billing.Reason);
        Assert.IsType<RecoveryInstruction.None>(bootstrap.RecoveryInstruction);
        Assert.Equal("demo", bootstrap.Status.Project?.Slug);
        Assert.NotEmpty(bootstrap.Catalog.Models);
        Assert.Equal("arda/auto", bootstrap.AutoRouteOption?.Id);
        Assert.Contains(bootstrap.ModelOptions, one => one.EstimatedCost?.Cost.TotalUsd > 0);
        var status = await gateway.GetStatusAsync(Ct);
        Assert.Equal(bootstrap.Status.TopupAmountsCents, status.TopupAmountsCents);
        Assert.NotEmpty((await gateway.GetCatalogAsync(query: null, Ct)).Models);
    }

    [Fact]
    public async Task An_answer_has_its_metadata_its_receipt_and_its_place_in_the_usage()
    {
        var gateway = await RichAsync();
        var quote = await gateway.QuoteAsync(s_hello with { MaxTokens = 100 }, null, Ct);
        var result = await gateway.CreateChatCompletionAsync(s_hello, null, Ct);
        Assert.NotEmpty(result.Completion.Text);
        Assert.True(result.Balance?.BalanceCents > 0);
        Assert.NotNull(result.Routing?.SelectedModel);
        Assert.True(result.RateLimit?.Limit > 0);
        Assert.True(result.Cost?.TotalUsd > 0);
        Assert.True(quote.UpperBound.Cost.TotalUsd > 0);

        var generation = await gateway.GetGenerationAsync(result.GenerationId!, Ct);
        Assert.Equal(result.Cost!.TotalUsd, generation.Receipt.TotalNanoUsd / 1_000_000_000m);
        var usage = await gateway.ListUsageAsync(new GatewayUsageQuery { Limit = 200 }, Ct);
        var entry = Assert.Single(usage.Data, one => one.GenerationId == result.GenerationId);
        Assert.Equal(result.Cost.TotalUsd, entry.Cost.TotalUsd);
    }

    [Fact]
    public async Task A_stream_tells_its_route_first_and_its_cost_last()
    {
        var gateway = await RichAsync();
        var stream = await gateway.CreateChatCompletionStreamAsync(s_hello, null, Ct);
        Assert.NotNull(stream.Routing);
        Assert.NotNull(stream.Balance);
        Assert.NotEmpty(await stream.ReadToEndAsync(Ct));
        var end = await stream.Final;
        Assert.True(end.Cost?.TotalUsd > 0);
        Assert.NotNull(end.Balance);
    }

    [Fact]
    public async Task The_openai_client_is_resumed_once_the_user_has_paid()
    {
        var (key, project) = await sdk.PoorAsync();
        var gateway = await ClientAsync(key);
        var openai = new ChatClient(
            "simulated/chat",
            new ApiKeyCredential(gateway.ApiKey),
            new OpenAIClientOptions { Endpoint = gateway.OpenAIEndpoint }
        );
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 16_000 };
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => AskAsync(Ct));
        var recovery = Assert.IsType<RecoveryInstruction.OpenPortal>(
            GatewayRecovery.OfError(refused)
        );
        Assert.Equal("insufficient_balance", recovery.Reason);
        Assert.True(recovery.PortalOptions.SuggestedTopupCents > 0);

        var answer = await gateway.ResumeWhenFundedAsync(
            attempt => AskAsync(attempt.CancellationToken),
            new GatewayUserWaitOptions { OpenPortal = (portal, _) => PayAsync(portal, project.Id) },
            cancellationToken: Ct
        );
        Assert.NotEmpty(answer.Value.Content[0].Text);
        var said = GatewayResponseMetadata.Of(answer.GetRawResponse().Headers);
        Assert.True(said.Balance?.BalanceCents > 0);

        Task<ClientResult<ChatCompletion>> AskAsync(CancellationToken ct) =>
            openai.CompleteChatAsync([ChatMessage.CreateUserMessage("Hi")], options, ct);
    }

    [Fact]
    public async Task The_anthropic_clients_refusals_are_understood()
    {
        var (key, _) = await sdk.PoorAsync();
        var gateway = await ClientAsync(key);
        var refused = await Assert.ThrowsAnyAsync<AnthropicApiException>(() =>
            new AnthropicClient
            {
                ApiKey = gateway.ApiKey,
                BaseUrl = gateway.AnthropicBaseUrl,
                MaxRetries = 0,
            }.Messages.Create(
                new MessageCreateParams
                {
                    Model = "simulated/chat",
                    MaxTokens = 16_000,
                    Messages = [new() { Role = Role.User, Content = "Hi" }],
                },
                Ct
            )
        );
        var recovery = Assert.IsType<RecoveryInstruction.OpenPortal>(
            GatewayRecovery.OfError(refused)
        );
        Assert.True(recovery.PortalOptions.SuggestedTopupCents > 0);
    }

    [Fact]
    public async Task A_dead_key_means_reconnecting()
    {
        var gateway = await ClientAsync("gw_sk_wrong");
        var refused = await Assert.ThrowsAsync<GatewayApiException>(() =>
            gateway.GetStatusAsync(Ct)
        );
        Assert.Equal((401, "invalid_key"), (refused.Status, refused.Code));
        Assert.NotNull(refused.RequestId);
        Assert.IsType<RecoveryInstruction.Reconnect>(GatewayRecovery.OfError(refused));
    }

    private async Task PayAsync(GatewayPortalSession portal, ProjectId project)
    {
        var world = await sdk.StartAsync();
        await world
            .Get<Credits>()
            .GrantPromoAsync(project, NanoUsd.FromCents(1_000), "topup:" + project);
        await world
            .Get<PortalSessions>()
            .FinishAsync(new PortalSessionId(portal.Id), PortalOutcome.Funded);
    }

    private async Task<ArdaGatewayClient> RichAsync() =>
        await ClientAsync((await sdk.StartAsync()).Host.ApiKey);

    private async Task<ArdaGatewayClient> ClientAsync(string key) =>
        new(new ArdaGatewayClientOptions { ApiKey = key, BaseAddress = await sdk.AddressAsync() });
}
