using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>The books when everything has ended: nothing held, nothing lent, and every sum agrees
/// with the reference to the nano-dollar.</summary>
internal sealed partial class MoneySimulation
{
    private void CheckAtRest()
    {
        LearnExpiries();
        var findings = LedgerVerification.Check(_store.Connection, CancellationToken.None);
        Promised.Holds(findings.Count == 0, $"findings: {string.Join("; ", findings)}");
        CheckNothingIsHeld();
        CheckLotsAtRest();
        CheckAccounts();
        CheckLimitsAtRest();
        CheckCharges();
    }

    private void CheckNothingIsHeld()
    {
        foreach (
            var (what, sql) in (IEnumerable<(string, string)>)
                [
                    ("leased", "SELECT COUNT(*) FROM wallet WHERE paid_leased + promo_leased <> 0"),
                    ("open leases", "SELECT COUNT(*) FROM lease WHERE state = 'open'"),
                    ("lent limits", "SELECT COUNT(*) FROM spend WHERE leased <> 0"),
                    ("journaled", "SELECT COUNT(*) FROM hold_journal WHERE crashed_at IS NULL"),
                    (
                        "debt beside money",
                        "SELECT COUNT(*) FROM wallet WHERE debt > 0 AND paid_in > paid_out"
                    ),
                ]
        )
        {
            var count = _store.Connection.QueryOne(sql, row => row.GetInt64(0));
            Promised.Holds(count == 0 || (what == "journaled" && HasDead()), $"{what}: {count}");
        }
    }

    // Charges give back to a lot what charges have drawn from it, never what a refund has.
    private void CheckLotsAtRest()
    {
        var over = _store.Connection.Query(
            """
            SELECT lot FROM lot_draw
            WHERE cause LIKE 'fold:%' OR cause LIKE 'late:%' OR cause LIKE 'correction:%'
            GROUP BY lot HAVING SUM(amount) < 0
            """,
            row => row.GetString(0)
        );
        Promised.Holds(over.Count == 0, $"charges gave too much back to {over.FirstOrDefault()}");
        var late = _store.Connection.QueryOne(
            "SELECT COUNT(*) FROM lot WHERE expires_at <= @now AND drawn < amount",
            row => row.GetInt64(0),
            ("now", _store.NowMs)
        );
        Promised.Holds(late == 0, $"{late} lots have expired and still have money");
    }

    // The journal of a process that died is marked when its name starts again.
    private bool HasDead() => _everyNode.Exists(node => node.IsDead);

    private void CheckAccounts()
    {
        Dictionary<string, Int128> found = new(StringComparer.Ordinal);
        foreach (
            var (id, net) in _store.Connection.Query(
                "SELECT id, debits - credits FROM acct",
                row => (row.GetString(0), row.GetInt64(1))
            )
        )
        {
            var parts = id.Split('/');
            var name = parts[0] == "reseller_pending" ? $"{parts[0]}/{parts[1]}" : parts[0];
            found[name] = found.GetValueOrDefault(name) + net;
        }

        found.Remove("user_debt");
        foreach (var name in found.Keys.Union(_model.Accounts.Keys, StringComparer.Ordinal))
        {
            var expected = _model.Accounts.GetValueOrDefault(name);
            Promised.Holds(
                found.GetValueOrDefault(name) == expected,
                $"{name} is {found.GetValueOrDefault(name)}; the reference says {expected}"
            );
        }
    }

    private void CheckLimitsAtRest()
    {
        var used = _store.Connection.Query(
            "SELECT scope, subject, month, used FROM spend",
            row =>
                (
                    new AllowanceKey(
                        row.GetString(0) == "key" ? AllowanceScope.Key : AllowanceScope.Connection,
                        row.GetString(1),
                        (int)row.GetInt64(2)
                    ),
                    row.GetInt64(3)
                )
        );
        Dictionary<AllowanceKey, Int128> found = [];
        foreach (var (key, amount) in used)
        {
            found[key] = amount;
        }

        foreach (var key in found.Keys.Union(_model.Spent.Keys))
        {
            var expected = _model.Spent.GetValueOrDefault(key);
            Promised.Holds(
                found.GetValueOrDefault(key) == expected,
                $"{key} spent {found.GetValueOrDefault(key)}; the reference says {expected}"
            );
        }
    }

    // I7: what a client was told is what the journal says, once; and who ended was told.
    private void CheckCharges()
    {
        Dictionary<string, (long Charged, long Earned)> journal = new(StringComparer.Ordinal);
        foreach (
            var (id, charged, earned) in _store.Connection.Query(
                """
                SELECT id, CAST(SUM(paid + promo) AS BIGINT), CAST(SUM(earned) AS BIGINT)
                FROM charge GROUP BY id
                """,
                row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2))
            )
        )
        {
            journal[id] = (charged, earned);
        }

        foreach (var request in _requests)
        {
            var id = request.Request.Id.Value;
            var (charged, earned) = journal.GetValueOrDefault(id);
            Promised.Holds(
                charged == _model.ChargedOf(id) && earned == _model.EarnedOf(id),
                $"{id} is charged {charged} and earns {earned}; the reference says {_model.ChargedOf(id)} and {_model.EarnedOf(id)}"
            );
            Promised.Holds(
                request.Acknowledged is not { } said || said == charged,
                $"{id} is charged {charged}; its client was told {request.Acknowledged}"
            );
            var isAnswered =
                request.Acknowledged is not null
                || request.State == HoldState.Released
                || request.IsQuarantined;
            Promised.Holds(isAnswered || request.Node.IsDead, $"{id} never ended");
        }

        foreach (
            var id in journal.Keys.Except(
                _requests.Select(r => r.Request.Id.Value),
                StringComparer.Ordinal
            )
        )
        {
            Promised.Holds(holds: false, $"{id} was never asked for");
        }
    }
}
