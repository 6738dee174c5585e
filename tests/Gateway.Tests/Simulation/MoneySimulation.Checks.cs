using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>What must hold after every event, after every commit, and when everything has ended.</summary>
internal sealed partial class MoneySimulation
{
    private readonly Dictionary<string, Int128> _freeBefore = [];
    private readonly Dictionary<string, (Funds Granted, string Node, long Epoch)> _lent = [];

    // I8: what is held and used never exceeds what was granted, in money and in limits.
    private void CheckNodes()
    {
        foreach (var node in _nodes)
        {
            foreach (var book in node.Books.Values)
            {
                if (book.Lease is not { } lease)
                {
                    continue;
                }

                Promised.Holds(
                    lease.Held >= NanoUsd.Zero
                        && lease.Free >= NanoUsd.Zero
                        && lease.Used.Paid <= lease.Granted.Paid
                        && lease.Used.Promo <= lease.Granted.Promo,
                    $"{node} {lease.Id}: {lease.Held.Value} held and {lease.Used} used of {lease.Granted}"
                );
                foreach (var allowance in lease.Allowances.Values)
                {
                    Promised.Holds(
                        allowance.Held >= NanoUsd.Zero && allowance.Free >= NanoUsd.Zero,
                        $"{node} {lease.Id} {allowance.Key}: free {allowance.Free.Value}"
                    );
                }
            }
        }
    }

    // I1 to I3 on the rows, and that no node believes it has more than the store lent to it.
    private void CheckStore()
    {
        _lent.Clear();
        Dictionary<
            string,
            (Int128 Paid, Int128 Promo, Int128 PaidUnfolded, Int128 PromoUnfolded)
        > open = [];
        foreach (
            var (id, project, node, epoch, sums) in _store.Connection.Query(
                """
                SELECT id, project, node, epoch, paid, promo, paid_used, promo_used, paid_folded,
                    promo_folded FROM lease WHERE state = 'open'
                """,
                row =>
                    (
                        row.GetString(0),
                        row.GetString(1),
                        row.GetString(2),
                        row.GetInt64(3),
                        (
                            Granted: new Funds(new(row.GetInt64(4)), new(row.GetInt64(5))),
                            Paid: row.GetInt64(4) - row.GetInt64(8),
                            Promo: row.GetInt64(5) - row.GetInt64(9),
                            PaidUnfolded: row.GetInt64(6) - row.GetInt64(8),
                            PromoUnfolded: row.GetInt64(7) - row.GetInt64(9)
                        )
                    )
            )
        )
        {
            _lent[id] = (sums.Granted, node, epoch);
            var sum = open.GetValueOrDefault(project);
            open[project] = (
                sum.Paid + sums.Paid,
                sum.Promo + sums.Promo,
                sum.PaidUnfolded + sums.PaidUnfolded,
                sum.PromoUnfolded + sums.PromoUnfolded
            );
        }

        foreach (var (project, wallet) in _store.Connection.Query(SelectWallets, ReadWallet))
        {
            var leases = open.GetValueOrDefault(project);
            Promised.Holds(
                wallet.PaidFree >= 0
                    && wallet.PromoFree >= 0
                    && wallet.PaidLeased == leases.Paid
                    && wallet.PromoLeased == leases.Promo,
                $"{project}: {wallet} with leases {leases}"
            );
            _freeBefore[project] = wallet.PaidFree + wallet.PromoFree;
            CheckBalance(
                project,
                wallet.Paid - leases.PaidUnfolded,
                wallet.Promo - leases.PromoUnfolded
            );
        }

        CheckLent();
        CheckLimits();
        CheckEndOfCredit();
    }

    private const string SelectWallets = """
        SELECT project, paid_in - paid_out - paid_leased, promo_in - promo_out - promo_leased,
            paid_leased, promo_leased, paid_in - paid_out - debt, promo_in - promo_out
        FROM wallet
        """;

    private static (string Project, WalletRow Wallet) ReadWallet(
        System.Data.Common.DbDataReader row
    ) =>
        (
            row.GetString(0),
            new(
                row.GetInt64(1),
                row.GetInt64(2),
                row.GetInt64(3),
                row.GetInt64(4),
                row.GetInt64(5),
                row.GetInt64(6)
            )
        );

    private readonly record struct WalletRow(
        Int128 PaidFree,
        Int128 PromoFree,
        Int128 PaidLeased,
        Int128 PromoLeased,
        Int128 Paid,
        Int128 Promo
    );

    private void CheckBalance(string project, Int128 paid, Int128 promo)
    {
        if (_model.PurseOf(project).Promo != promo)
        {
            LearnExpiries();
        }

        var expected = _model.PurseOf(project);
        Promised.Holds(
            expected.Paid == paid && expected.Promo == promo,
            $"{project} has {paid} paid and {promo} promo; the reference says {expected}"
        );
    }

    // When credit expires is the ledger's to say, as long as it is not early.
    private void LearnExpiries()
    {
        foreach (
            var (id, project, amount, at, due) in _store.Connection.Query(
                """
                SELECT t.id, t.project, t.amount, t.at, l.expires_at FROM transfer t
                JOIN lot l ON 'expire:' || l.id = t.grp WHERE t.kind = 'expire'
                """,
                row =>
                    (
                        row.GetString(0),
                        row.GetString(1),
                        row.GetInt64(2),
                        row.GetInt64(3),
                        row.GetInt64(4)
                    )
            )
        )
        {
            Promised.Holds(due <= at, $"{id} expires before its time");
            if (_model.Move(id, project, 0, -amount, ("breakage", -amount)))
            {
                See(Sometimes.Expired);
            }
        }
    }

    private void CheckLimits()
    {
        if (!_knobs.HasLimits)
        {
            return;
        }

        foreach (
            var (scope, subject, taken) in _store.Connection.Query(
                "SELECT scope, subject, used + leased FROM spend",
                row => (row.GetString(0), row.GetString(1), row.GetInt64(2))
            )
        )
        {
            var cap = _model.CapOf(scope, subject);
            Promised.Holds(taken <= cap, $"{scope} {subject} used and lent {taken} of {cap}");
        }
    }

    // Whoever looks for credit that is due looks at the wallet alone.
    private void CheckEndOfCredit()
    {
        if (!_knobs.HasPromo)
        {
            return;
        }

        var forgotten = _store.Connection.QueryOne(
            """
            SELECT COUNT(*) FROM lot l JOIN wallet w ON w.project = l.project
            WHERE l.class = 'promo' AND l.drawn < l.amount
                AND l.expires_at < COALESCE(w.promo_expires_at, 9223372036854775807)
            """,
            row => row.GetInt64(0)
        );
        Promised.Holds(forgotten == 0, $"{forgotten} lots end unseen");
    }

    private void CheckLent()
    {
        foreach (var node in _nodes)
        {
            foreach (var book in node.Books.Values)
            {
                if (book.Lease is { } lease && _lent.TryGetValue(lease.Id, out var lent))
                {
                    Promised.Holds(
                        lease.Granted.Paid <= lent.Granted.Paid
                            && lease.Granted.Promo <= lent.Granted.Promo
                            && lent.Node == node.Identity.Node
                            && lent.Epoch == node.Identity.Epoch,
                        $"{node} {lease.Id}: believes {lease.Granted}, was lent {lent}"
                    );
                }
            }
        }
    }

    private void CheckBooked(SimulatedNode node, FlushBatch batch, FlushReply reply)
    {
        Dictionary<string, (Int128 Wish, Int128 Charged, bool IsPlain)> late = [];
        var at = 0;
        foreach (var row in batch.Rows)
        {
            var booked = reply.Booked[at++];
            var project = row.Payer.Project.Value;
            var isKnown = _model.Knows($"{row.Id}/{row.Seq}");
            var isLimited = row.Limits().Any(limit => limit.Cap is not null);
            var sum = late.GetValueOrDefault(project, (0, 0, true));
            if (row.IsCorrection || isKnown)
            {
                late[project] = (sum.Wish, sum.Charged, sum.IsPlain && !row.IsCorrection);
            }
            else if (booked.IsLate)
            {
                See(Sometimes.Late);
                late[project] = (
                    sum.Wish + row.Split.Total.Value,
                    sum.Charged + booked.Charged.Total.Value,
                    sum.IsPlain && !isLimited
                );
            }
            else
            {
                Promised.Holds(booked.Charged == row.Split, $"{node} {row.Id} paid {booked}");
                if (row.Split is { Paid.Value: > 0, Promo.Value: > 0 })
                {
                    See(Sometimes.Split);
                }
            }

            Promised.Holds(
                Int128.Abs(row.Cogs.Value) <= 1_000L * NanoUsd.PerUsd,
                $"{row.Id} costs the operator {row.Cogs.Value}"
            );
            if (row.IsCorrection)
            {
                See(Sometimes.Correction);
            }
        }

        foreach (var (project, sum) in late)
        {
            Promised.Holds(
                !sum.IsPlain || sum.Charged == Int128.Min(sum.Wish, _freeBefore[project]),
                $"{project} pays {sum.Charged} of {sum.Wish} late, {_freeBefore[project]} was there"
            );
        }
    }

    private Int128 FreeInStore(string project) =>
        _store.Connection.QueryOne(
            $"SELECT {FreeSum} FROM wallet WHERE project = @project",
            row => (Int128)row.GetInt64(0),
            ("project", project)
        );

    private const string FreeSum =
        "paid_in - paid_out - paid_leased + promo_in - promo_out - promo_leased";

    /// <summary>Unspent in truth: the books, minus what nodes have settled and not flushed.</summary>
    private Dictionary<string, Int128> Truth(string project, SimulatedRequest? request = null)
    {
        var (paid, promo) = _model.PurseOf(project);
        Dictionary<string, Int128> truth = new(StringComparer.Ordinal)
        {
            ["balance"] = paid + promo,
            ["free"] = FreeInStore(project),
        };
        foreach (var (key, spent) in _model.Spent)
        {
            truth[key.ToString()] = spent;
        }

        foreach (
            var row in _nodes
                .SelectMany(node => node.Unflushed)
                .SelectMany(settlement => settlement.Rows)
                .Where(row => !_model.Knows($"{row.Id}/{row.Seq}"))
        )
        {
            if (row.Payer.Project.Value == project)
            {
                truth["balance"] -= row.Split.Total.Value;
            }

            foreach (var (key, _) in row.Limits())
            {
                var name = key.ToString();
                truth[name] = truth.GetValueOrDefault(name) + row.Split.Total.Value;
            }
        }

        return truth;
    }

    // Nobody is told to wait while nobody holds what is needed: lent to this node and free, or in
    // the store and lent to nobody, when the store answered as well as now.
    private static void CheckOnHold(SimulatedRequest request, Int128 before, Int128 now)
    {
        var isLimited =
            request.Request.Payer is not { KeyMonthlyLimit: null, ConnectionMonthlyLimit: null };
        var lease = BookOf(request).Lease;
        var there = Int128.Min(before, now) + (lease?.Free.Value ?? 0);
        Promised.Holds(
            isLimited || there < request.LeastTotal.Value,
            $"{request.Request.Id} is told that {request.LeastTotal.Value} is on hold while {there} is free"
        );
    }

    // Nobody is told to pay, or that a limit is reached, while neither was so when the store
    // answered nor is it so now.
    private void CheckDenial(
        SimulatedRequest request,
        Denial denial,
        Dictionary<string, Int128> before
    )
    {
        // The former process under a name that another has taken knows only what was.
        if (!Nodes.IsCurrent(_store.Connection, request.Node.Identity))
        {
            return;
        }

        var now = Truth(request.Request.Payer.Project.Value);
        Int128 required = request.LeastTotal.Value;
        switch (denial)
        {
            case Denial.InsufficientBalance:
                See(Sometimes.Denied);
                Promised.Holds(
                    before["balance"] < required || now["balance"] < required,
                    $"{request.Request.Id} is denied {required} while {before["balance"]}, {now["balance"]} is there"
                );
                break;
            case Denial.KeyLimitReached key:
                CheckLimit(AllowanceScope.Key, request.Request.Payer.Key.Value, key.Limit);
                break;
            case Denial.ConnectionLimitReached connection:
                CheckLimit(
                    AllowanceScope.Connection,
                    request.Request.Payer.Connection!.Value.Value,
                    connection.Limit
                );
                break;
            case Denial.BalanceOnHold:
                See(Sometimes.OnHold);
                CheckOnHold(request, before["free"], now["free"]);
                break;
        }

        void CheckLimit(AllowanceScope scope, string subject, NanoUsd cap)
        {
            See(Sometimes.LimitReached);
            var name = new AllowanceKey(scope, subject, request.Month).ToString();
            var spent = Int128.Max(before.GetValueOrDefault(name), now.GetValueOrDefault(name));
            Promised.Holds(
                cap.Value - spent < required,
                $"{request.Request.Id} is denied {required} by a limit of {cap.Value} with {spent} spent"
            );
        }
    }
}
