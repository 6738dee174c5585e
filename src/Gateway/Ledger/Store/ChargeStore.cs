using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger.Store;

/// <summary>
/// Books a batch of charges in one transaction. A charge whose lease is open under its epoch is
/// taken from that lease; any other takes the late path: it is paid from what is available and the
/// operator absorbs the rest.
/// </summary>
internal sealed class ChargeStore
{
    private readonly DbConnection _connection;
    private readonly FlushBatch _batch;
    private readonly string _currency;
    private readonly long _now;
    private readonly Dictionary<(string Id, int Seq), BookedRow> _booked = [];
    private readonly List<JournalEntry> _entries = [];
    private readonly SortedDictionary<string, Funds> _used = new(StringComparer.Ordinal);
    private readonly SortedDictionary<AllowanceKey, NanoUsd> _spent = [];
    private readonly Dictionary<(string Lease, AllowanceKey Key), NanoUsd> _allowed = [];

    private ChargeStore(DbConnection connection, FlushBatch batch, string currency, long now) =>
        (_connection, _batch, _currency, _now) = (connection, batch, currency, now);

    public static FlushReply Flush(
        DbConnection connection,
        FlushBatch batch,
        string currency,
        long now
    ) => new ChargeStore(connection, batch, currency, now).Run();

    private FlushReply Run()
    {
        var open = LockLeases();
        // Under the locks: the first try may be committing at this very moment.
        if (_batch.IsRetry && CommittedHash() is { } hash)
        {
            return new(hash, [.. _batch.Rows.Select(FindBooked)]);
        }

        // In the order of their ids, which is that of time: rows at the end of an index touch fewer
        // pages than rows near it.
        BookFromLeases([
            .. _batch
                .Rows.Where(row => !row.IsCorrection && IsOpen(row, open))
                .OrderBy(row => row.Id, StringComparer.Ordinal)
                .ThenBy(row => row.Seq),
        ]);
        TakeFromLeases();
        BookSlowly([.. _batch.Rows.Where(row => row.IsCorrection || !IsOpen(row, open))]);
        CountLimits();
        SaveAccounts();
        SavePriceVersions();
        SaveJournal();
        return new(SaveFlush(), [.. _batch.Rows.Select(row => _booked[(row.Id, row.Seq)])]);
    }

    private string? CommittedHash() =>
        _connection.QueryOne(
            "SELECT hash FROM flush WHERE node = @node AND epoch = @epoch AND n = @n",
            row => row.GetString(0),
            ("node", _batch.Node.Node),
            ("epoch", _batch.Node.Epoch),
            ("n", _batch.Number)
        );

    private BookedRow FindBooked(ChargeRow row) =>
        ChargeRows.Find(_connection, row)
        ?? throw new InvariantBrokenException("a committed flush has all its rows");

    private static bool IsOpen(ChargeRow row, Dictionary<string, bool> open) =>
        open.ContainsKey(row.LeaseId);

    // Open under this epoch; the value tells whether the lease lends parts of limits too.
    private Dictionary<string, bool> LockLeases()
    {
        var ids = _batch.Rows.Select(row => row.LeaseId).Distinct(StringComparer.Ordinal).ToArray();
        Dictionary<string, bool> open = new(StringComparer.Ordinal);
        if (ids.Length == 0)
        {
            return open;
        }

        // A few sizes of the list only, so that their statements stay prepared.
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)ids.Length);
        var parameters = new (string Name, object? Value)[size + 2];
        for (var i = 0; i < size; i++)
        {
            parameters[i] = ("p" + i, ids[Math.Min(i, ids.Length - 1)]);
        }

        parameters[size] = ("node", _batch.Node.Node);
        parameters[size + 1] = ("epoch", _batch.Node.Epoch);
        var list = string.Join(", ", Enumerable.Range(0, size).Select(i => "@p" + i));
        foreach (
            var id in _connection.Query(
                $"""
                SELECT id FROM lease
                WHERE id IN ({list}) AND node = @node AND epoch = @epoch AND state = 'open'
                ORDER BY id{_connection.ForUpdate()}
                """,
                row => row.GetString(0),
                parameters
            )
        )
        {
            open[id] = true;
        }

        return open;
    }

    private void BookFromLeases(List<ChargeRow> rows)
    {
        var entries = rows.ConvertAll(row => new JournalEntry(
            row,
            row.LeaseId,
            row.Split,
            EarnedOf(row, row.Split.Paid)
        ));
        var isNew = ChargeRows.Insert(_connection, entries, _batch.Id, _now);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (!isNew[i])
            {
                _booked[(row.Id, row.Seq)] = FindBooked(row);
                continue;
            }

            Enter(entries[i], isLate: false);
            _used[row.LeaseId] = _used.GetValueOrDefault(row.LeaseId) + row.Split;
            foreach (var (key, cap) in row.Limits())
            {
                if (cap is not null && row.Split.Total > NanoUsd.Zero)
                {
                    var at = (row.LeaseId, key);
                    _allowed[at] = _allowed.GetValueOrDefault(at) + row.Split.Total;
                }
            }
        }
    }

    private void TakeFromLeases()
    {
        var taken = _connection.ExecuteMany(
            """
            UPDATE lease SET paid_used = paid_used + @paid, promo_used = promo_used + @promo
            WHERE id = @id
            """,
            ["paid", "promo", "id"],
            [
                .. _used.Select(used =>
                    new object?[] { used.Value.Paid.Value, used.Value.Promo.Value, used.Key }
                ),
            ]
        );
        Invariant.Holds(taken.All(n => n == 1), "a locked lease stays");
    }

    // One by one, project after project: these are rare, and each needs its wallet.
    private void BookSlowly(List<ChargeRow> rows)
    {
        foreach (
            var row in rows.OrderBy(r => r.Payer.Project.Value, StringComparer.Ordinal)
                .ThenBy(r => r.Seq)
        )
        {
            if (ChargeRows.Find(_connection, row) is { } already)
            {
                _booked[(row.Id, row.Seq)] = already;
                continue;
            }

            var wallet = Wallet.Lock(_connection, row.Payer.Project.Value);
            Invariant.Holds(wallet is not null, "a charge belongs to a wallet");
            var entry = row.IsCorrection
                ? ChargeCorrections.Book(_connection, row, wallet, _now)
                : BookLate(row, wallet);
            wallet.Save(_connection);
            var isNew = ChargeRows.Insert(_connection, [entry], _batch.Id, _now);
            Invariant.Holds(isNew[0], "a row that was not there is new");
            Enter(entry, isLate: !row.IsCorrection);
        }
    }

    private JournalEntry BookLate(ChargeRow row, Wallet wallet)
    {
        var affordable = NanoUsd.Min(row.Split.Total, wallet.Free.Total);
        foreach (var (key, cap) in row.Limits())
        {
            if (cap is { } limit)
            {
                var left = Allowances.LeftOf(_connection, key, limit);
                affordable = NanoUsd.Min(affordable, left - _spent.GetValueOrDefault(key));
            }
        }

        affordable = NanoUsd.Max(affordable, NanoUsd.Zero);
        var split = wallet.Free.PromoFirst(affordable);
        wallet.Out += split;
        var cause = $"late:{row.Id}:{row.Seq}";
        Lots.Draw(_connection, wallet.Project, Lots.Promo, split.Promo, cause, _now);
        Lots.Draw(_connection, wallet.Project, Lots.Paid, split.Paid, cause, _now);
        return new(
            row with
            {
                AbsorbedReason = row.Absorbed == NanoUsd.Zero ? "late" : row.AbsorbedReason,
            },
            null,
            split,
            EarnedOf(row, split.Paid)
        );
    }

    private void Enter(JournalEntry entry, bool isLate)
    {
        var row = entry.Row;
        _entries.Add(entry);
        _booked[(row.Id, row.Seq)] = new(entry.Split, isLate, Differs: false);
        if (!row.IsCorrection)
        {
            foreach (var (key, _) in row.Limits())
            {
                _spent[key] = _spent.GetValueOrDefault(key) + entry.Split.Total;
            }
        }
    }

    // Corrections last: they may take back what this very batch counts.
    private void CountLimits()
    {
        Allowances.Count(_connection, _spent, [.. _allowed.OrderBy(a => a.Key.Key)]);
        foreach (var entry in _entries.Where(e => e.Row.IsCorrection))
        {
            foreach (var (key, _) in entry.Row.Limits())
            {
                Allowances.Uncount(_connection, key, NanoUsd.Zero - entry.Split.Total);
            }
        }
    }

    private static NanoUsd EarnedOf(ChargeRow row, NanoUsd paid) =>
        row.Payer.Reseller is null ? NanoUsd.Zero : row.Parts.EarnedOf(paid);

    private void SaveAccounts()
    {
        var node = _batch.Node.Node;
        var postings = new Postings(_currency);
        var revenue = Accounts.Revenue(node);
        // Rows of one provider mostly come together; naming its accounts for each would be waste.
        var (provider, cogs, payable) = ("", "", "");
        foreach (var (row, _, split, earned) in _entries)
        {
            var absorbed = row.Parts.Total - split.Total;
            if (absorbed != NanoUsd.Zero)
            {
                postings.Debit(Accounts.Absorbed(node, row.AbsorbedReason), absorbed);
            }

            postings.Credit(revenue, row.Parts.Total - earned);
            if (row.Payer.Reseller is { } reseller)
            {
                postings.Credit(Accounts.Earnings(reseller.Value, node), earned);
            }

            if (row.Facts.Provider != provider)
            {
                provider = row.Facts.Provider;
                (cogs, payable) = (Accounts.Cogs(provider, node), Accounts.Payable(provider, node));
            }

            postings.Debit(cogs, row.Cogs);
            postings.Credit(payable, row.Cogs);
        }

        postings.Save(_connection);
    }

    private void SavePriceVersions()
    {
        var versions = _entries
            .Select(entry => entry.Row.Facts)
            .DistinctBy(facts => facts.PriceVersion, StringComparer.Ordinal)
            .OrderBy(facts => facts.PriceVersion, StringComparer.Ordinal);
        _connection.ExecuteMany(
            "INSERT INTO price_version(id, json) VALUES(@id, @json) ON CONFLICT(id) DO NOTHING",
            ["id", "json"],
            [.. versions.Select(facts => new object?[] { facts.PriceVersion, facts.PriceJson })]
        );
    }

    private void SaveJournal()
    {
        _connection.ExecuteMany(
            """
            INSERT INTO hold_journal(id, project, lease, node, epoch, amount, provider, model, at)
            VALUES(@id, @project, @lease, @node, @epoch, @amount, @provider, @model, @at)
            ON CONFLICT(id) DO NOTHING
            """,
            ["id", "project", "lease", "node", "epoch", "amount", "provider", "model", "at"],
            [
                .. _batch.JournalOpened.Select(hold =>
                    new object?[]
                    {
                        hold.Id,
                        hold.Project,
                        hold.Lease,
                        _batch.Node.Node,
                        _batch.Node.Epoch,
                        hold.Amount.Value,
                        hold.Provider,
                        hold.Model,
                        _now,
                    }
                ),
            ]
        );
        _connection.ExecuteMany(
            "DELETE FROM hold_journal WHERE id = @id",
            ["id"],
            [.. _batch.JournalEnded.Select(id => new object?[] { id })]
        );
    }

    private string SaveFlush()
    {
        var rows = _entries
            .OrderBy(entry => entry.Row.Id, StringComparer.Ordinal)
            .ThenBy(entry => entry.Row.Seq);
        var hash = HashChain.Next(
            _batch.PreviousHash,
            _batch.Id,
            rows.Select(entry => entry.Text(_batch.Id))
        );
        var total = _entries.Aggregate(NanoUsd.Zero, (sum, e) => sum + e.Row.Parts.Total);
        var isNew = _connection.Execute(
            """
            INSERT INTO flush(id, node, epoch, n, rows_in, total, prev_hash, hash, at)
            VALUES(@id, @node, @epoch, @n, @rows_in, @total, @prev_hash, @hash, @at)
            ON CONFLICT DO NOTHING
            """,
            ("id", _batch.Id),
            ("node", _batch.Node.Node),
            ("epoch", _batch.Node.Epoch),
            ("n", _batch.Number),
            ("rows_in", _entries.Count),
            ("total", total.Value),
            ("prev_hash", _batch.PreviousHash),
            ("hash", hash),
            ("at", _now)
        );
        if (isNew == 0)
        {
            // The first try was committed after all, while this one ran: undo this and look again.
            throw new StoreUnavailableException("The flush is there already.", true, null);
        }

        return hash;
    }
}
