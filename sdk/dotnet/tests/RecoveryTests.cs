using System.ClientModel;
using System.Net;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>What is to be done about a balance and about errors of several clients.</summary>
public sealed class RecoveryTests
{
    private const string Body = """
        {"error":{"message":"The project balance is 3 cents.","type":"billing_error",
        "code":"insufficient_balance","gateway":{"code":"insufficient_balance",
        "action":"open_portal","purpose":"topup","shortfall_cents":9,"suggested_topup_cents":500}}}
        """;

    private static readonly GatewayRecoveryOptions s_options = new()
    {
        TopupAmountsCents = [2_500, 500, 1_000],
        ReturnUrl = "myapp://billing/complete",
    };

    [Theory]
    [InlineData(1, null, null, "none")]
    [InlineData(500, null, 500, "none")]
    [InlineData(600, "low", 500, "none")]
    [InlineData(90, "low", null, "open_portal")]
    [InlineData(0, null, 0, "open_portal")]
    public void The_floor_or_else_the_warning_decides(
        int cents,
        string? warning,
        int? floor,
        string action
    )
    {
        var options = s_options with { MinimumBalanceCents = floor };
        Assert.Equal(
            action,
            GatewayRecovery.OfBalance(new GatewayBalance(cents, warning), options).Action
        );
    }

    [Theory]
    [InlineData(120, 500, 500)]
    [InlineData(-100, 500, 1_000)]
    [InlineData(0, 9_000, 2_500)]
    public void The_smallest_amount_that_restores_the_floor_is_suggested(
        int cents,
        int floor,
        int suggested
    )
    {
        var recovery = Assert.IsType<RecoveryInstruction.OpenPortal>(
            GatewayRecovery.OfBalance(
                new GatewayBalance(cents),
                s_options with
                {
                    MinimumBalanceCents = floor,
                }
            )
        );
        Assert.Equal(suggested, recovery.PortalOptions.SuggestedTopupCents);
        Assert.Equal(s_options.ReturnUrl, recovery.PortalOptions.ReturnUrl);
    }

    [Fact]
    public void An_unknown_balance_asks_for_nothing()
    {
        Assert.IsType<RecoveryInstruction.None>(GatewayRecovery.OfBalance(balance: null));
        Assert.Equal(
            "The balance is -$0.05; top up to continue.",
            GatewayRecovery.OfBalance(new GatewayBalance(-5)).Message
        );
    }

    public static TheoryData<string> Carriers =>
        ["ours", "wrapped", "aggregate", "message ends with the body", "openai", "answer"];

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task A_denial_is_found_wherever_a_client_keeps_it(string carrier)
    {
        var ours = await OurErrorAsync();
        var recovery = carrier switch
        {
            "ours" => GatewayRecovery.OfError(ours, s_options),
            "wrapped" => GatewayRecovery.OfError(
                new InvalidOperationException("x", ours),
                s_options
            ),
            "aggregate" => GatewayRecovery.OfError(
                new AggregateException(new IOException("x"), ours),
                s_options
            ),
            "openai" => GatewayRecovery.OfError(
                new ClientResultException(new StoredResponse(402, Body)),
                s_options
            ),
            "answer" => GatewayRecovery.OfAnswer(402, Body, headers: null, s_options),
            _ => GatewayRecovery.OfError(
                new NotSupportedException("Status Code: PaymentRequired\n" + Body),
                s_options
            ),
        };
        var open = Assert.IsType<RecoveryInstruction.OpenPortal>(recovery);
        Assert.Equal("insufficient_balance", open.Reason);
        Assert.Equal(
            new GatewayPortalOptions { ReturnUrl = s_options.ReturnUrl, SuggestedTopupCents = 500 },
            open.PortalOptions
        );
    }

    [Theory]
    [InlineData(2_500, 9, 2_500)]
    [InlineData(500, 900, 1_000)]
    public void The_apps_own_suggestion_counts_as_long_as_it_covers_what_is_missing(
        int suggested,
        int missing,
        int offered
    )
    {
        var options = s_options with
        {
            SuggestedTopupCents = suggested,
            SuggestedAutoReloadEnabled = true,
        };
        var body = $$$$"""
            {"error":{"gateway":{"code":"insufficient_balance","action":"open_portal",
            "shortfall_cents":{{{{missing}}}}}}}
            """;
        var refused = GatewayRecovery.OfAnswer(402, body, headers: null, options);
        var low = GatewayRecovery.OfBalance(
            new GatewayBalance(100),
            options with
            {
                MinimumBalanceCents = 100 + missing,
            }
        );

        foreach (var recovery in (RecoveryInstruction[])[refused, low])
        {
            var portal = Assert.IsType<RecoveryInstruction.OpenPortal>(recovery).PortalOptions;
            Assert.Equal(offered, portal.SuggestedTopupCents);
            Assert.True(portal.SuggestedAutoReloadEnabled);
        }
    }

    [Fact]
    public void The_headers_say_how_long_where_the_body_does_not()
    {
        const string OnHold =
            """{"error":{"gateway":{"code":"balance_on_hold","action":"wait"}}}""";
        var recovery = GatewayRecovery.OfAnswer(429, OnHold, [new("Retry-After", "7")]);

        var wait = Assert.IsType<RecoveryInstruction.Wait>(recovery);
        Assert.Equal("balance_on_hold", wait.Reason);
        Assert.Equal(TimeSpan.FromSeconds(7), wait.RetryAfter);
    }

    [Fact]
    public void An_answer_whose_body_is_gone_still_has_its_status()
    {
        KeyValuePair<string, string>[] headers =
        [
            new("retry-after", "7"),
            new("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"a b\""),
        ];
        RecoveryInstruction Of(int status) => GatewayRecovery.OfAnswer(status, null, headers);
        Assert.IsType<RecoveryInstruction.Reconnect>(Of(401));
        Assert.IsType<RecoveryInstruction.OpenPortal>(Of(402));
        Assert.Equal(
            TimeSpan.FromSeconds(7),
            Assert.IsType<RecoveryInstruction.Wait>(Of(429)).RetryAfter
        );
        Assert.Equal("unavailable", Of(503).Reason);
        Assert.Equal(["a", "b"], Of(403).MissingScopes);
        Assert.IsType<RecoveryInstruction.None>(Of(400));
        Assert.IsType<RecoveryInstruction.None>(GatewayRecovery.OfAnswer(200, Body));
        Assert.IsType<RecoveryInstruction.Wait>(
            GatewayRecovery.OfError(
                new HttpRequestException("x", null, HttpStatusCode.TooManyRequests)
            )
        );
    }

    [Theory]
    [InlineData("text")]
    [InlineData("{")]
    [InlineData("{\"error\":{\"gateway\":{\"code\":\"x\",\"action\":\"dance\"}}}")]
    [InlineData("{\"error\":{\"gateway\":{\"action\":\"wait\"}}}")]
    [InlineData("{\"error\":{\"code\":\"model_not_found\"}}")]
    public void What_is_no_matter_of_billing_is_left_alone(string message) =>
        Assert.IsType<RecoveryInstruction.None>(
            GatewayRecovery.OfError(new InvalidOperationException(message))
        );

    private static async Task<GatewayException> OurErrorAsync()
    {
        using var gateway = ScriptedGateway.Of(ScriptedGateway.Json(402, Body));
        return await Assert.ThrowsAsync<GatewayApiException>(() =>
            gateway.Client().RevokeAsync(TestContext.Current.CancellationToken)
        );
    }
}
