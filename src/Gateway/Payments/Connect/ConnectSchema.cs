namespace Arda.Gateway.Payments.Connect;

/// <summary>
/// Accounts of resellers at the payment provider and what was sent to them. The money itself is in
/// the ledger; these rows say what was asked and what was answered.
/// </summary>
internal static class ConnectSchema
{
    public const string Tables = """
        CREATE TABLE payee(
            owner TEXT PRIMARY KEY,
            generation BIGINT NOT NULL,
            account TEXT UNIQUE,
            country TEXT NOT NULL,
            app TEXT NOT NULL,
            website TEXT,
            email TEXT,
            details_submitted BIGINT NOT NULL DEFAULT 0,
            is_complete BIGINT NOT NULL DEFAULT 0,
            was_complete BIGINT NOT NULL DEFAULT 0,
            is_rejected BIGINT NOT NULL DEFAULT 0,
            is_detached BIGINT NOT NULL DEFAULT 0,
            is_verifying BIGINT NOT NULL DEFAULT 0,
            disabled_reason TEXT,
            needs TEXT NOT NULL DEFAULT '',
            needs_by BIGINT,
            stopped_because TEXT,
            created_at BIGINT NOT NULL,
            read_at BIGINT,
            next_at BIGINT
        );
        CREATE INDEX payee_due ON payee(next_at) WHERE next_at IS NOT NULL;
        CREATE TABLE payee_account(
            account TEXT PRIMARY KEY,
            owner TEXT NOT NULL,
            at BIGINT NOT NULL
        );
        CREATE TABLE payee_link(
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL,
            kind TEXT NOT NULL CHECK(kind IN ('onboarding', 'dashboard')),
            at BIGINT NOT NULL
        );
        CREATE TABLE payout(
            id TEXT PRIMARY KEY,
            reseller TEXT NOT NULL,
            account TEXT NOT NULL,
            period TEXT NOT NULL,
            cents BIGINT NOT NULL CHECK(cents > 0),
            currency TEXT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('queued', 'unknown', 'held', 'paid', 'returned')),
            attempt BIGINT NOT NULL,
            transfer TEXT UNIQUE,
            reversed_cents BIGINT NOT NULL DEFAULT 0,
            why TEXT,
            created_at BIGINT NOT NULL,
            sent_at BIGINT,
            paid_at BIGINT,
            next_at BIGINT,
            leased_until BIGINT NOT NULL DEFAULT 0,
            CHECK(reversed_cents >= 0 AND reversed_cents <= cents),
            CHECK((state = 'paid') = (transfer IS NOT NULL))
        );
        CREATE UNIQUE INDEX one_open_payout ON payout(reseller)
            WHERE state IN ('queued', 'unknown', 'held');
        CREATE UNIQUE INDEX one_payout_of_period ON payout(reseller, period)
            WHERE state <> 'returned';
        CREATE INDEX payout_due ON payout(next_at) WHERE next_at IS NOT NULL;
        CREATE TABLE payout_reversal(
            id TEXT PRIMARY KEY,
            payout TEXT NOT NULL,
            reseller TEXT NOT NULL,
            transfer TEXT NOT NULL,
            cents BIGINT NOT NULL CHECK(cents > 0),
            state TEXT NOT NULL CHECK(state IN ('created', 'unknown', 'done', 'refused')),
            reversal TEXT UNIQUE,
            why TEXT,
            created_at BIGINT NOT NULL,
            sent_at BIGINT,
            next_at BIGINT,
            leased_until BIGINT NOT NULL DEFAULT 0
        );
        CREATE INDEX payout_reversal_of ON payout_reversal(payout);
        CREATE INDEX payout_reversal_due ON payout_reversal(next_at) WHERE next_at IS NOT NULL;
        CREATE TABLE bank_payout(
            id TEXT PRIMARY KEY,
            account TEXT NOT NULL,
            owner TEXT NOT NULL,
            cents BIGINT NOT NULL,
            currency TEXT NOT NULL,
            status TEXT NOT NULL,
            failure TEXT,
            arrives_at BIGINT NOT NULL,
            at BIGINT NOT NULL
        );
        CREATE INDEX bank_payout_of_owner ON bank_payout(owner, at);
        CREATE TABLE payout_round(id BIGINT PRIMARY KEY CHECK(id = 1), next_at BIGINT NOT NULL);
        CREATE TABLE card_used(
            fingerprint TEXT NOT NULL,
            project TEXT NOT NULL,
            PRIMARY KEY(fingerprint, project)
        );
        CREATE INDEX card_used_of_project ON card_used(project);
        ALTER TABLE payment_mail ADD COLUMN person TEXT;
        """;
}
