namespace Arda.Gateway.Sdk.Tests;

/// <summary>A refused call that waits for its user, and goes on.</summary>
public sealed class WaitForUserTests
{
    private const string Denied = """
        {"error":{"message":"Too little.","code":"insufficient_balance","gateway":
        {"code":"insufficient_balance","action":"open_portal","purpose":"topup"}}}
        """;

    private const string Answer = """
        {"choices":[{"index":0,"message":{"role":"assistant","content":"Done."}}]}
        """;

    private static readonly GatewayChatRequest s_request = new()
    {
        Model = "arda/auto",
        Messages = [GatewayChatMessage.User("Hi")],
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_request_goes_on_once_it_is_funded()
    {
        using var gateway = Gateway(["opened", "funded"]);
        GatewayPortalSession? shown = null;
        var result = await gateway
            .Client()
            .CreateChatCompletionAsync(s_request, Waiting((one, _) => shown = one), Ct);
        Assert.Equal("Done.", result.Completion.Text);
        Assert.Equal("https://gateway.example/open", shown!.Url.OriginalString);
        var asked = gateway.Sent.Where(one => one.Path == "/v1/chat/completions").ToList();
        Assert.Equal(2, asked.Count);
        Assert.NotNull(asked[0].Header("Idempotency-Key"));
        Assert.Equal(asked[0].Header("Idempotency-Key"), asked[1].Header("Idempotency-Key"));
        Assert.Equal(asked[0].Body, asked[1].Body);
    }

    [Theory]
    [InlineData("cancelled", "payment_cancelled")]
    [InlineData("failed", "payment_failed")]
    [InlineData("expired", "portal_session_expired")]
    public async Task A_visit_that_came_to_nothing_says_why(string status, string code)
    {
        using var gateway = Gateway([status]);
        var thrown = await Assert.ThrowsAsync<GatewayUserWaitException>(() =>
            gateway.Client().CreateChatCompletionAsync(s_request, Waiting((_, _) => { }), Ct)
        );
        Assert.Equal((code, 402), (thrown.Code, thrown.Status));
        Assert.IsType<GatewayApiException>(thrown.InnerException);
    }

    [Fact]
    public async Task A_user_who_does_not_act_is_not_waited_for_for_ever()
    {
        using var gateway = Gateway(["open"]);
        var options = Waiting((_, _) => { });
        options = options with
        {
            WaitForUser = options.WaitForUser! with { Timeout = TimeSpan.FromMilliseconds(20) },
        };
        var thrown = await Assert.ThrowsAsync<GatewayUserWaitException>(() =>
            gateway.Client().CreateChatCompletionAsync(s_request, options, Ct)
        );
        Assert.Equal("wait_timed_out", thrown.Code);
    }

    [Fact]
    public async Task The_caller_can_give_up()
    {
        using var gateway = Gateway(["open"]);
        using var stop = new CancellationTokenSource();
        var options = Waiting((_, _) => stop.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            gateway.Client().CreateChatCompletionAsync(s_request, options, stop.Token)
        );
    }

    [Fact]
    public async Task What_the_callback_throws_ends_the_call()
    {
        using var gateway = Gateway(["open"]);
        var options = Waiting((_, _) => throw new InvalidOperationException("No browser."));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            gateway.Client().CreateChatCompletionAsync(s_request, options, Ct)
        );
    }

    [Fact]
    public async Task Any_client_can_be_resumed()
    {
        using var gateway = Gateway(["funded"]);
        List<string> keys = [];
        var text = await gateway
            .Client()
            .ResumeWhenFundedAsync(
                attempt =>
                {
                    keys.Add(attempt.IdempotencyKey);
                    return keys.Count == 1
                        ? throw new NotSupportedException("Status Code: 402\n" + Denied)
                        : Task.FromResult("Done.");
                },
                Waiting((_, _) => { }).WaitForUser!,
                idempotencyKey: "my-own",
                Ct
            );
        Assert.Equal("Done.", text);
        Assert.Equal(["my-own", "my-own"], keys);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(0, 1)]
    public async Task What_passes_by_itself_is_waited_for_as_long_as_it_says(int retries, int sent)
    {
        using var gateway = new ScriptedGateway(_ =>
            ScriptedGateway.Json(
                429,
                """{"error":{"code":"rate_limited","gateway":{"code":"rate_limited","action":"wait","retry_after_seconds":7}}}"""
            )
        );
        var clock = new HurriedClock();
        var options = new GatewayCallOptions { RetriesMax = retries };
        var thrown = await Assert.ThrowsAsync<GatewayApiException>(() =>
            gateway.Client(clock).CreateChatCompletionAsync(s_request, options, Ct)
        );
        Assert.Equal("rate_limited", thrown.Code);
        Assert.Equal(sent, gateway.Sent.Count);
        Assert.All(clock.Delays, delay => Assert.Equal(7, delay.TotalSeconds));
    }

    [Fact]
    public async Task A_lost_answer_is_never_asked_for_again()
    {
        using var gateway = new ScriptedGateway(_ => throw new HttpRequestException("lost"));
        await Assert.ThrowsAsync<GatewayConnectionException>(() =>
            gateway.Client().CreateChatCompletionAsync(s_request, options: null, Ct)
        );
        Assert.Single(gateway.Sent);
    }

    private static GatewayCallOptions Waiting(
        Action<GatewayPortalSession, CancellationToken> show
    ) =>
        new()
        {
            WaitForUser = new GatewayUserWaitOptions
            {
                OpenPortal = (session, ct) =>
                {
                    show(session, ct);
                    return Task.CompletedTask;
                },
            },
        };

    /// <summary>Denies until the portal has told its last status.</summary>
    private static ScriptedGateway Gateway(string[] statuses)
    {
        var isFunded = false;
        return new ScriptedGateway(sent =>
        {
            switch (sent.Path)
            {
                case "/v1/chat/completions":
                    return isFunded
                        ? ScriptedGateway.Json(200, Answer)
                        : ScriptedGateway.Json(402, Denied);
                case "/v1/gateway/portal-sessions":
                    return ScriptedGateway.Json(
                        201,
                        """
                        {"id":"ps_1","url":"https://gateway.example/open",
                        "expires_at":"2026-11-25T12:15:00.000Z"}
                        """
                    );
                case "/v1/gateway/portal-sessions/ps_1":
                    return ScriptedGateway.Json(200, State("open"));
                default:
                    isFunded = statuses[^1] == "funded";
                    return ScriptedGateway.Events(
                        string.Concat(
                            statuses.Select(one => $": waiting\n\ndata: {State(one)}\n\n")
                        )
                    );
            }
        });
    }

    private static string State(string status)
    {
        var isFinal = status is not ("open" or "opened") ? "true" : "false";
        var retry = status is "funded" ? "true" : "false";
        return $$"""{"id":"ps_1","purpose":"topup","status":"{{status}}","is_final":{{isFinal}},"should_retry":{{retry}}}""";
    }
}
