using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>
/// The tables of this room. They say what was asked of the payment provider and what it answered;
/// the money itself is in the ledger. Unique indexes carry the promises: one open reload of a
/// project, one open refund of a top-up, one row for each payment.
/// </summary>
internal static class PaymentsSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new("payments-0001", Money),
        new("payments-0002", Inbox),
        new("payments-cards-0001", ReplacedCards.Table),
        new("payments-0003", Simulated.SimulatedStore.Tables),
    ];

    private const string Money = """
        CREATE TABLE payment_mode(
            id BIGINT PRIMARY KEY CHECK(id = 1),
            provider TEXT NOT NULL,
            livemode BIGINT NOT NULL,
            currency TEXT NOT NULL,
            at BIGINT NOT NULL
        );
        CREATE TABLE payment_customer(
            project TEXT PRIMARY KEY,
            generation BIGINT NOT NULL,
            customer TEXT UNIQUE
        );
        CREATE TABLE payment_card(
            project TEXT PRIMARY KEY,
            card TEXT NOT NULL UNIQUE,
            customer TEXT NOT NULL,
            brand TEXT NOT NULL,
            last4 TEXT NOT NULL,
            exp_month BIGINT NOT NULL,
            exp_year BIGINT NOT NULL,
            fingerprint TEXT,
            saved_at BIGINT NOT NULL
        );
        CREATE TABLE card_setup(
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            customer TEXT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('created', 'open', 'done', 'expired')),
            session TEXT UNIQUE,
            created_at BIGINT NOT NULL,
            next_at BIGINT
        );
        CREATE INDEX card_setup_due ON card_setup(next_at) WHERE next_at IS NOT NULL;
        CREATE TABLE topup(
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            kind TEXT NOT NULL CHECK(kind IN ('page', 'auto')),
            cents BIGINT NOT NULL CHECK(cents > 0),
            currency TEXT NOT NULL,
            customer TEXT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('created', 'open', 'unknown', 'processing',
                'retrying', 'needs_action', 'succeeded', 'failed', 'expired', 'canceled',
                'quarantined')),
            saves_card BIGINT NOT NULL,
            success_url TEXT,
            cancel_url TEXT,
            session TEXT UNIQUE,
            url TEXT,
            card TEXT,
            payment TEXT UNIQUE,
            charge TEXT,
            receipt_url TEXT,
            attempt BIGINT NOT NULL,
            sent_at BIGINT,
            failure TEXT,
            refunded_outside_cents BIGINT NOT NULL DEFAULT 0,
            created_at BIGINT NOT NULL,
            paid_at BIGINT,
            next_at BIGINT,
            leased_until BIGINT NOT NULL DEFAULT 0
        );
        CREATE UNIQUE INDEX one_open_reload ON topup(project) WHERE kind = 'auto'
            AND state IN ('created', 'unknown', 'processing', 'retrying', 'needs_action');
        CREATE INDEX topup_due ON topup(next_at) WHERE next_at IS NOT NULL;
        CREATE INDEX topup_of_project ON topup(project, id);
        CREATE INDEX topup_of_charge ON topup(charge) WHERE charge IS NOT NULL;
        CREATE TABLE auto_reload(
            project TEXT PRIMARY KEY,
            enabled BIGINT NOT NULL,
            threshold_cents BIGINT NOT NULL CHECK(threshold_cents > 0),
            amount_cents BIGINT NOT NULL CHECK(amount_cents > 0),
            cap_cents BIGINT NOT NULL CHECK(cap_cents >= amount_cents),
            consent TEXT NOT NULL,
            consented_at BIGINT NOT NULL,
            off_reason TEXT,
            not_before BIGINT NOT NULL
        );
        CREATE TABLE refund(
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            topup TEXT NOT NULL,
            payment TEXT NOT NULL,
            cents BIGINT NOT NULL CHECK(cents > 0),
            state TEXT NOT NULL CHECK(state IN
                ('created', 'unknown', 'pending', 'succeeded', 'failed')),
            refund TEXT UNIQUE,
            failure TEXT,
            created_at BIGINT NOT NULL,
            next_at BIGINT
        );
        CREATE UNIQUE INDEX one_open_refund ON refund(topup)
            WHERE state IN ('created', 'unknown', 'pending');
        CREATE INDEX refund_due ON refund(next_at) WHERE next_at IS NOT NULL;
        CREATE TABLE dispute(
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            topup TEXT NOT NULL,
            cents BIGINT NOT NULL,
            status TEXT NOT NULL,
            is_open BIGINT NOT NULL,
            withdrawn_cents BIGINT NOT NULL,
            reinstated BIGINT NOT NULL,
            at BIGINT NOT NULL
        );
        CREATE INDEX dispute_of_project ON dispute(project);
        """;

    private const string Inbox = """
        CREATE TABLE payment_event(
            id TEXT PRIMARY KEY,
            type TEXT NOT NULL,
            object TEXT,
            account TEXT,
            api_version TEXT,
            livemode BIGINT NOT NULL,
            body TEXT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('new', 'done', 'ignored', 'parked')),
            attempts BIGINT NOT NULL,
            note TEXT,
            received_at BIGINT NOT NULL,
            done_at BIGINT,
            next_at BIGINT,
            leased_until BIGINT NOT NULL
        );
        CREATE INDEX payment_event_due ON payment_event(next_at) WHERE next_at IS NOT NULL;
        CREATE TABLE payment_sweep(id TEXT PRIMARY KEY, next_at BIGINT NOT NULL,
            covered_to BIGINT NOT NULL);
        CREATE TABLE payment_mail(
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            kind TEXT NOT NULL,
            cents BIGINT,
            detail TEXT,
            at BIGINT NOT NULL,
            sent_at BIGINT,
            attempts BIGINT NOT NULL DEFAULT 0,
            next_at BIGINT
        );
        CREATE INDEX payment_mail_due ON payment_mail(next_at) WHERE next_at IS NOT NULL;
        CREATE TABLE payment_finding(
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT NOT NULL,
            at BIGINT NOT NULL,
            closed_at BIGINT
        );
        """;
}
