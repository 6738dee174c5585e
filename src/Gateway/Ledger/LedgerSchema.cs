using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>
/// The money tables. Their CHECKs repeat every promise of the code as the last guard, and history
/// cannot be changed: triggers refuse it.
/// </summary>
public static class LedgerSchema
{
    private static readonly string[] s_appendOnly = ["charge", "transfer", "flush", "lot_draw"];
    private static readonly string[] s_changes = ["UPDATE", "DELETE"];

    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new("ledger-0001", Tables),
        new("ledger-0002", SqliteTriggers(), PostgresTriggers()),
        new("ledger-0003", ResellerTables),
    ];

    private const string Tables = """
        CREATE TABLE wallet(
            project TEXT PRIMARY KEY,
            currency TEXT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('active', 'frozen', 'closed')),
            frozen_by TEXT,
            paid_in BIGINT NOT NULL,
            paid_out BIGINT NOT NULL,
            paid_leased BIGINT NOT NULL,
            promo_in BIGINT NOT NULL,
            promo_out BIGINT NOT NULL,
            promo_leased BIGINT NOT NULL,
            debt BIGINT NOT NULL CHECK(debt >= 0),
            promo_expires_at BIGINT,
            version BIGINT NOT NULL,
            CHECK(paid_out >= 0 AND paid_leased >= 0 AND paid_out + paid_leased <= paid_in),
            CHECK(promo_out >= 0 AND promo_leased >= 0 AND promo_out + promo_leased <= promo_in)
        );
        CREATE INDEX wallet_by_expiry ON wallet(promo_expires_at)
            WHERE promo_expires_at IS NOT NULL;
        CREATE TABLE ledger_node(
            id TEXT PRIMARY KEY,
            epoch BIGINT NOT NULL,
            heartbeat BIGINT NOT NULL
        );
        CREATE TABLE lease(
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            node TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('open', 'closed', 'reclaimed')),
            paid BIGINT NOT NULL,
            promo BIGINT NOT NULL,
            paid_used BIGINT NOT NULL,
            promo_used BIGINT NOT NULL,
            paid_folded BIGINT NOT NULL,
            promo_folded BIGINT NOT NULL,
            hard_at BIGINT NOT NULL,
            recall BIGINT NOT NULL,
            CHECK(0 <= paid_folded AND paid_folded <= paid_used AND paid_used <= paid),
            CHECK(0 <= promo_folded AND promo_folded <= promo_used AND promo_used <= promo)
        );
        CREATE INDEX lease_open ON lease(project, node) WHERE state = 'open';
        CREATE INDEX lease_by_end ON lease(hard_at);
        CREATE TABLE spend(
            scope TEXT NOT NULL,
            subject TEXT NOT NULL,
            month BIGINT NOT NULL,
            used BIGINT NOT NULL CHECK(used >= 0),
            leased BIGINT NOT NULL CHECK(leased >= 0),
            PRIMARY KEY(scope, subject, month)
        );
        CREATE TABLE lease_allowance(
            lease TEXT NOT NULL,
            scope TEXT NOT NULL,
            subject TEXT NOT NULL,
            month BIGINT NOT NULL,
            granted BIGINT NOT NULL,
            used BIGINT NOT NULL,
            PRIMARY KEY(lease, scope, subject, month),
            CHECK(0 <= used AND used <= granted)
        );
        CREATE TABLE charge(
            id TEXT NOT NULL,
            seq BIGINT NOT NULL,
            project TEXT NOT NULL,
            lease TEXT,
            flush TEXT NOT NULL,
            api_key TEXT NOT NULL,
            connection TEXT,
            app TEXT,
            reseller TEXT,
            month BIGINT NOT NULL,
            base BIGINT NOT NULL,
            gateway_markup BIGINT NOT NULL,
            reseller_markup BIGINT NOT NULL,
            gateway_markup_bps BIGINT NOT NULL,
            reseller_markup_bps BIGINT NOT NULL,
            paid BIGINT NOT NULL,
            promo BIGINT NOT NULL,
            absorbed BIGINT NOT NULL,
            absorbed_reason TEXT,
            earned BIGINT NOT NULL,
            cogs BIGINT NOT NULL,
            hold BIGINT NOT NULL,
            price_version TEXT NOT NULL,
            model TEXT NOT NULL,
            provider TEXT NOT NULL,
            upstream_request TEXT,
            outcome TEXT NOT NULL,
            usage_source TEXT NOT NULL,
            usage_json TEXT NOT NULL,
            route_json TEXT NOT NULL,
            reverses TEXT,
            started_at BIGINT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY(id, seq),
            CHECK(paid + promo + absorbed = base + gateway_markup + reseller_markup),
            CHECK(
                (reverses IS NULL AND base >= 0 AND gateway_markup >= 0 AND reseller_markup >= 0
                    AND paid >= 0 AND promo >= 0 AND absorbed >= 0 AND cogs >= 0
                    AND 0 <= earned AND earned <= reseller_markup)
                OR (reverses IS NOT NULL AND base <= 0 AND gateway_markup <= 0
                    AND reseller_markup <= 0 AND paid <= 0 AND promo <= 0 AND absorbed <= 0
                    AND cogs <= 0 AND reseller_markup <= earned AND earned <= 0)
            )
        );
        CREATE INDEX charge_by_project ON charge(project, id);
        CREATE TABLE price_version(id TEXT PRIMARY KEY, json TEXT NOT NULL);
        CREATE TABLE flush(
            id TEXT NOT NULL,
            node TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            n BIGINT NOT NULL,
            rows_in BIGINT NOT NULL,
            total BIGINT NOT NULL,
            prev_hash TEXT NOT NULL,
            hash TEXT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY(node, epoch, n)
        );
        CREATE TABLE transfer(
            id TEXT PRIMARY KEY,
            grp TEXT NOT NULL,
            project TEXT NOT NULL,
            currency TEXT NOT NULL,
            debit TEXT NOT NULL,
            credit TEXT NOT NULL,
            amount BIGINT NOT NULL CHECK(amount > 0),
            kind TEXT NOT NULL,
            ext TEXT,
            at BIGINT NOT NULL,
            CHECK(debit <> credit)
        );
        CREATE INDEX transfer_by_group ON transfer(grp);
        CREATE INDEX transfer_by_project ON transfer(project, id);
        CREATE TABLE acct(
            id TEXT NOT NULL,
            currency TEXT NOT NULL,
            debits BIGINT NOT NULL CHECK(debits >= 0),
            credits BIGINT NOT NULL CHECK(credits >= 0),
            PRIMARY KEY(id, currency)
        );
        CREATE TABLE lot(
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            class TEXT NOT NULL CHECK(class IN ('paid', 'promo')),
            amount BIGINT NOT NULL,
            drawn BIGINT NOT NULL,
            expires_at BIGINT,
            at BIGINT NOT NULL,
            CHECK(0 <= drawn AND drawn <= amount)
        );
        CREATE INDEX lot_with_rest ON lot(project, class) WHERE drawn < amount;
        CREATE TABLE lot_draw(
            cause TEXT NOT NULL,
            lot TEXT NOT NULL,
            amount BIGINT NOT NULL CHECK(amount <> 0),
            at BIGINT NOT NULL
        );
        CREATE INDEX lot_draw_by_lot ON lot_draw(lot);
        CREATE TABLE hold_journal(
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL,
            lease TEXT NOT NULL,
            node TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            amount BIGINT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            crashed_at BIGINT,
            at BIGINT NOT NULL
        );
        CREATE TABLE charge_quarantine(
            id TEXT NOT NULL,
            seq BIGINT NOT NULL,
            reason TEXT NOT NULL,
            row_json TEXT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY(id, seq)
        );
        """;

    // What a reseller has beyond the earnings that are still pending; those are the charges
    // themselves. An earning that is held waits for the operator's word on the project it came from.
    private const string ResellerTables = """
        CREATE TABLE reseller(
            id TEXT PRIMARY KEY,
            currency TEXT NOT NULL,
            available BIGINT NOT NULL CHECK(available >= 0),
            held BIGINT NOT NULL CHECK(held >= 0),
            in_payout BIGINT NOT NULL CHECK(in_payout >= 0),
            debt BIGINT NOT NULL CHECK(debt >= 0),
            provision BIGINT NOT NULL CHECK(provision >= 0 AND provision <= debt),
            matured_to BIGINT NOT NULL,
            version BIGINT NOT NULL,
            CHECK(available = 0 OR debt = 0)
        );
        CREATE TABLE earning_hold(
            reseller TEXT NOT NULL,
            project TEXT NOT NULL,
            reason TEXT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('held', 'released', 'forfeited')),
            amount BIGINT NOT NULL CHECK(amount >= 0),
            note TEXT,
            at BIGINT NOT NULL,
            PRIMARY KEY(reseller, project),
            CHECK(amount = 0 OR state = 'held')
        );
        CREATE INDEX earning_hold_of_project ON earning_hold(project);
        CREATE INDEX charge_by_reseller ON charge(reseller, at) WHERE reseller IS NOT NULL;
        """;

    private static string SqliteTriggers() =>
        string.Concat(
            from table in s_appendOnly
            from verb in s_changes
            select $"""
            CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;

            """
        );

    private static string PostgresTriggers() =>
        """
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23514';
            END $$;

            """
        + string.Concat(
            s_appendOnly.Select(table =>
                $"""
                    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                      FOR EACH ROW EXECUTE FUNCTION refuse_change();

                    """
            )
        )
        + "ALTER TABLE wallet SET (fillfactor = 50); ALTER TABLE lease SET (fillfactor = 50);"
        + "ALTER TABLE acct SET (fillfactor = 50); ALTER TABLE spend SET (fillfactor = 50);";
}
