using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Http;

public sealed class DenialTableTests
{
    private static readonly DenialTable s_table = new(
        "https://gateway.example",
        [2500, 500, 1000, 5000, 10000]
    );

    private static Refusal Refuse(
        Denial denial,
        WireFormat dialect = WireFormat.OpenAiChat,
        bool balanceVisible = true
    ) => s_table.Refuse(denial, dialect, balanceVisible, "req_1");

    [Fact]
    public void Every_denial_has_a_sample()
    {
        var cases = typeof(Denial)
            .GetNestedTypes()
            .Select(type => type.Name)
            .Order(StringComparer.Ordinal);
        var samples = DenialSamples
            .All.Select(denial => denial.GetType().Name)
            .Order(StringComparer.Ordinal);
        Assert.Equal(cases, samples);
    }

    // The statuses, codes and actions of contract §3 and of ruling 21, written out again.
    [Theory]
    [InlineData("InvalidRequest", 400, "invalid_request", null)]
    [InlineData("UnsupportedParameter", 400, "unsupported_parameter", null)]
    [InlineData("NoEligibleModel", 400, "no_eligible_model", null)]
    [InlineData("ProviderRejected", 400, "provider_rejected", null)]
    [InlineData("ModelNotFound", 404, "model_not_found", null)]
    [InlineData("NotFound", 404, "not_found", null)]
    [InlineData("MethodNotAllowed", 405, "method_not_allowed", null)]
    [InlineData("IdempotencyInFlight", 409, "idempotency_in_flight", null)]
    [InlineData("PayoutsIncomplete", 409, "payouts_incomplete", null)]
    [InlineData("RequestTooLarge", 413, "request_too_large", null)]
    [InlineData("UnsupportedMediaType", 415, "unsupported_media_type", null)]
    [InlineData("IdempotencyMismatch", 422, "idempotency_mismatch", null)]
    [InlineData("InvalidKey", 401, "invalid_key", "reconnect")]
    [InlineData("KeyRevoked", 401, "key_revoked", "reconnect")]
    [InlineData("KeyExpired", 401, "key_expired", "reconnect")]
    [InlineData("InsufficientScope", 403, "insufficient_scope", "reconnect")]
    [InlineData("ConsentRequired", 403, "consent_required", "reconnect")]
    [InlineData("AppSuspended", 403, "app_suspended", "contact_app")]
    [InlineData("SignInRequired", 401, "sign_in_required", null)]
    [InlineData("Forbidden", 403, "forbidden", null)]
    [InlineData("InsufficientBalance", 402, "insufficient_balance", "open_portal")]
    [InlineData("PaymentMethodRequired", 402, "payment_method_required", "open_portal")]
    [InlineData("PaymentFailed", 402, "payment_failed", "open_portal")]
    [InlineData("PaymentActionRequired", 402, "payment_action_required", "open_portal")]
    [InlineData("AutoReloadCapReached", 402, "auto_reload_cap_reached", "open_portal")]
    [InlineData("ProjectFrozen", 402, "project_frozen", "open_portal")]
    [InlineData("ConnectionPaused", 402, "connection_paused", "open_portal")]
    [InlineData("ConnectionLimitReached", 402, "connection_limit_reached", "open_portal")]
    [InlineData("KeyLimitReached", 402, "key_limit_reached", "open_portal")]
    [InlineData("RateLimited", 429, "rate_limited", "wait")]
    [InlineData("BalanceOnHold", 429, "balance_on_hold", "wait")]
    [InlineData("TopupInProgress", 503, "topup_in_progress", "wait")]
    [InlineData("LedgerUnavailable", 503, "ledger_unavailable", "wait")]
    [InlineData("PaymentsUnavailable", 503, "payments_unavailable", "wait")]
    [InlineData("ProviderUnavailable", 503, "provider_unavailable", "wait")]
    [InlineData("Overloaded", 503, "overloaded", "wait")]
    [InlineData("Internal", 500, "internal_error", null)]
    public void A_denial_has_its_status_code_and_action(
        string name,
        int status,
        string code,
        string? action
    )
    {
        var facts = Refuse(DenialSamples.All.Single(d => d.GetType().Name == name)).Facts;
        Assert.Equal((status, code, action), (facts.Status, facts.Code, facts.Gateway?.Action));
    }

    [Fact]
    public void Every_message_is_a_whole_sentence_and_every_code_leads_to_its_page()
    {
        foreach (var denial in DenialSamples.All)
        {
            var facts = Refuse(denial).Facts;
            Assert.True(char.IsUpper(facts.Message[0]) || facts.Message[0] is '\'', facts.Message);
            Assert.EndsWith(".", facts.Message, StringComparison.Ordinal);
            Assert.Equal("https://gateway.example/docs/errors/" + facts.Code, facts.DocsUrl);
        }
    }

    [Fact]
    public void What_only_the_user_can_end_is_never_retried_and_what_passes_names_the_wait()
    {
        foreach (var denial in DenialSamples.All)
        {
            var refusal = Refuse(denial);
            // Of the two conflicts one ends by itself; the other waits for a person.
            var passes = refusal.Facts.Status is 429 or 503 || denial is Denial.IdempotencyInFlight;
            Assert.Equal(passes, refusal.ShouldRetry);
            Assert.Equal(passes, refusal.RetryAfter is not null);
        }
    }

    [Fact]
    public void A_shortage_names_both_amounts_and_the_smallest_topup_that_covers_it()
    {
        var facts = Refuse(
            new Denial.InsufficientBalance(NanoUsd.FromCents(3), NanoUsd.FromCents(612), 7)
        ).Facts;

        Assert.Equal(
            "The project balance is 3 cents; this request needs up to $6.12. "
                + "Top up, or ask for at most 7 output tokens.",
            facts.Message
        );
        var member = Assert.IsType<GatewayMember>(facts.Gateway);
        Assert.Equal("topup", member.Purpose);
        Assert.Equal(
            (3L, 612L, 609L),
            (member.BalanceCents, member.RequiredCents, member.ShortfallCents)
        );
        Assert.Equal(1000, member.SuggestedTopupCents);
        Assert.Equal([500, 1000, 2500, 5000, 10000], member.TopupAmountsCents!);
        Assert.Equal(7, member.AffordableMaxTokens);
    }

    [Fact]
    public void A_shortage_beyond_every_amount_suggests_the_largest()
    {
        var facts = Refuse(
            new Denial.InsufficientBalance(NanoUsd.Zero, NanoUsd.FromCents(20_000))
        ).Facts;
        Assert.Equal(10_000, facts.Gateway?.SuggestedTopupCents);
    }

    [Fact]
    public void Fractions_of_a_cent_round_against_showing_money_that_is_not_there()
    {
        var member = Refuse(
            new Denial.InsufficientBalance(new NanoUsd(29_999_999), new NanoUsd(30_000_001))
        ).Facts.Gateway;
        Assert.Equal(
            (2L, 4L, 2L),
            (member?.BalanceCents, member?.RequiredCents, member?.ShortfallCents)
        );
    }

    [Fact]
    public void A_caller_who_may_not_read_balances_is_told_none_in_any_denial()
    {
        foreach (var denial in DenialSamples.All)
        {
            var facts = Refuse(denial, balanceVisible: false).Facts;
            Assert.Null(facts.Gateway?.BalanceCents);
            Assert.Null(facts.Gateway?.ShortfallCents);
            Assert.DoesNotContain("3 cents", facts.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_hidden_balance_does_not_show_through_the_suggested_topup()
    {
        // With the balance in sight 40 cents are missing; hidden, the suggestion covers all of it.
        var denial = new Denial.InsufficientBalance(NanoUsd.FromCents(600), NanoUsd.FromCents(640));
        Assert.Equal(500, Refuse(denial).Facts.Gateway?.SuggestedTopupCents);
        Assert.Equal(
            1000,
            Refuse(denial, balanceVisible: false).Facts.Gateway?.SuggestedTopupCents
        );
    }

    [Fact]
    public void Overload_has_the_status_that_anthropic_clients_know()
    {
        var facts = Refuse(
            new Denial.Overloaded(TimeSpan.Zero),
            WireFormat.AnthropicMessages
        ).Facts;
        Assert.Equal((529, "overloaded_error"), (facts.Status, facts.AnthropicType));
    }

    [Fact]
    public void A_providers_own_code_reaches_the_client_and_leads_to_our_page()
    {
        var refusal = Refuse(
            new Denial.ProviderRejected(
                400,
                "Too long.",
                "invalid_request_error",
                "context_length_exceeded",
                "messages"
            )
        );
        Assert.Equal("context_length_exceeded", refusal.Facts.Code);
        Assert.Equal("provider_rejected", refusal.Page);
        Assert.EndsWith("/provider_rejected", refusal.Facts.DocsUrl, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(429)]
    [InlineData(500)]
    public void A_providers_word_about_our_account_is_not_told_as_the_callers(int status)
    {
        var refusal = Refuse(new Denial.ProviderRejected(status, "No.", "INVALID", "1 2", null));
        Assert.Equal(400, refusal.Facts.Status);
        Assert.Equal("provider_rejected", refusal.Facts.Code);
        Assert.Equal("invalid_request_error", refusal.Facts.OpenAiType);
    }

    [Fact]
    public void Nobody_is_told_to_wait_longer_than_a_minute_or_not_at_all()
    {
        var hours = Refuse(new Denial.RateLimited(TimeSpan.FromHours(114), 60));
        var never = Refuse(new Denial.RateLimited(TimeSpan.Zero, 60));
        Assert.Equal(60, hours.Facts.Gateway?.RetryAfterSeconds);
        Assert.Equal(1, never.Facts.Gateway?.RetryAfterSeconds);
    }

    [Fact]
    public void A_provider_that_refuses_is_heard_in_its_own_words_with_its_own_code()
    {
        var facts = Refuse(
            new Denial.ProviderRejected(
                400,
                "This model's maximum context length is 8192 tokens",
                "invalid_request_error",
                "context_length_exceeded",
                "messages"
            )
        ).Facts;
        Assert.Equal("This model's maximum context length is 8192 tokens.", facts.Message);
        Assert.Equal(("context_length_exceeded", "messages"), (facts.Code, facts.Param));
        Assert.EndsWith("/docs/errors/provider_rejected", facts.DocsUrl, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(429)]
    public void A_providers_word_about_our_own_account_never_reads_as_the_callers(int status)
    {
        var refusal = Refuse(new Denial.ProviderRejected(status, "No.", null, null, null));
        Assert.Equal((400, false), (refusal.Facts.Status, refusal.ShouldRetry));
    }

    [Fact]
    public void An_unknown_model_is_answered_with_the_likely_name()
    {
        var facts = Refuse(new Denial.ModelNotFound("gpt-nope", "Did you mean 'gpt-5'?")).Facts;
        Assert.Equal("There is no model 'gpt-nope' here. Did you mean 'gpt-5'?", facts.Message);
    }
}
