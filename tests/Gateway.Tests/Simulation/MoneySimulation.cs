using System.Data.Common;
using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>
/// Nodes, their store, clients, providers and everything that goes wrong between them, on one
/// thread and one clock that only moves from event to event. The ledger's core and its SQL are the
/// real ones; the same seed is the same day, event for event.
/// </summary>
internal sealed partial class MoneySimulation
{
    private const string Currency = "XTS";

    // Half a minute before a month ends, so that limits see two of them.
    private const long StartMs = 1_793_491_170_000;

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly Dice _dice;
    private readonly Knobs _knobs;
    private readonly SimulatedStore _store;
    private readonly List<string>? _log;
    private readonly HashSet<string> _seen = [];
    private readonly List<SimulatedNode> _nodes = [];
    private readonly List<SimulatedNode> _everyNode = [];
    private readonly List<SimulatedRequest> _requests = [];
    private readonly List<Payer> _payers = [];
    private ReferenceLedger _model = new();
    private long _nowMs;
    private long _order;
    private long _storeOffsetMs;
    private long _storeDownUntilMs;
    private long _changesSeen;
    private int _names;
    private bool _isResting;

    public MoneySimulation(
        ulong seed,
        SimulatedStore store,
        List<string>? log,
        Func<Knobs, Knobs>? set
    )
    {
        (_dice, _store, _log) = (new Dice(seed), store, log);
        _knobs = Knobs.Of(_dice);
        _knobs = set?.Invoke(_knobs) ?? _knobs;
        store.Clear();
        store.NowMs = StartMs;
        Note($"{_knobs}");
    }

    /// <summary>Which of the rare paths this seed took.</summary>
    public IReadOnlyCollection<string> Seen => _seen;

    public int Commits { get; private set; }

    public int Events { get; private set; }

    /// <summary>A day of <paramref name="steps"/> events, and the rest after it.</summary>
    public void Run(int steps)
    {
        OpenWallets();
        for (var i = 0; i < _knobs.Nodes; i++)
        {
            Start("n" + i);
        }

        After(0, Arrive);
        After(_dice.UpTo(_knobs.CreditEveryMs), ChangeCredit);
        After(_dice.UpTo(_knobs.ChaosEveryMs), Harm);
        while (Events < steps && Step()) { }
        Rest();
        CheckAtRest();
    }

    private bool Step()
    {
        if (!_events.TryDequeue(out var happen, out var when))
        {
            return false;
        }

        _nowMs = Math.Max(_nowMs, when.At);
        _store.NowMs = StartMs + _nowMs + _storeOffsetMs;
        Events++;
        happen();
        CheckNodes();
        return true;
    }

    private void After(long delayMs, Action happen) =>
        _events.Enqueue(happen, (_nowMs + delayMs, _order++));

    private long Delay() => _dice.Wide(_knobs.DelayMaxMs) - 1;

    /// <summary>A process that stands still finds it when it goes on; a dead one never does.</summary>
    private static void Deliver(SimulatedNode node, Action happen)
    {
        if (node.IsPaused)
        {
            node.Mailbox.Add(happen);
        }
        else if (!node.IsDead)
        {
            happen();
        }
    }

    private void OnNode(SimulatedNode node, long delayMs, Action happen) =>
        After(delayMs, () => Deliver(node, happen));

    private Moment NowOf(SimulatedNode node) =>
        new(
            (_nowMs + node.TicksOffset) * TimeSpan.TicksPerMillisecond,
            StartMs + _nowMs + node.WallOffsetMs
        );

    private bool IsStoreDown => !_isResting && _nowMs < _storeDownUntilMs;

    /// <summary>
    /// One transaction of a node. It may never arrive, be refused, or be committed with nobody being
    /// told; whatever comes back comes when it likes.
    /// </summary>
    private void Send<T>(
        SimulatedNode node,
        Func<DbConnection, T> work,
        Action<T> committed,
        Action<T> answered,
        Action<Exception> failed
    ) =>
        After(
            Delay(),
            () =>
            {
                // What a dead process had sent may have been on its way.
                if (node.IsGone || (node.IsDead && _dice.OneIn(2)))
                {
                    return;
                }

                if (IsStoreDown || Loses())
                {
                    Answer(node, () => failed(new StoreUnavailableException("lost", false, null)));
                }
                else if (TryWrite(work, out var result, out var fault))
                {
                    committed(result);
                    AfterCommit();
                    if (Loses())
                    {
                        See(Sometimes.UnknownCommit);
                        Answer(
                            node,
                            () => failed(new StoreUnavailableException("unknown", true, null))
                        );
                    }
                    else
                    {
                        Answer(node, () => answered(result));
                    }
                }
                else
                {
                    Answer(node, () => failed(fault!));
                }
            }
        );

    private bool Loses() => !_isResting && _dice.PerMille(_knobs.LostPerMille);

    private void Answer(SimulatedNode node, Action happen) => OnNode(node, Delay(), happen);

    private bool TryWrite<T>(Func<DbConnection, T> work, out T result, out Exception? fault)
    {
        try
        {
            result = _store.Write(work);
            Commits++;
            fault = null;
            return true;
        }
        catch (Exception broken) when (IsPoison(broken) || broken is StoreUnavailableException)
        {
            result = default!;
            fault = broken;
            return false;
        }
    }

    private static bool IsPoison(Exception fault) =>
        Sql.IsConstraintViolation(fault) || fault is InvariantBrokenException or OverflowException;

    /// <summary>What the log of changes says reaches every node, in its own time.</summary>
    private void AfterCommit()
    {
        CheckStore();
        foreach (
            var change in _store.Connection.Query(
                "SELECT seq, kind, id FROM change WHERE seq > @seen ORDER BY seq",
                row => new Change(row.GetInt64(0), row.GetString(1), row.GetString(2)),
                ("seen", _changesSeen)
            )
        )
        {
            _changesSeen = change.Seq;
            foreach (var node in _nodes)
            {
                OnNode(node, Delay(), () => Hear(node, change));
            }
        }
    }

    private void Hear(SimulatedNode node, Change change)
    {
        var bar = change.Id.LastIndexOf('|');
        var project = change.Id[(bar + 1)..];
        var book = node.BookOf(project);
        if (change.Kind == LeaseStore.WalletChanged)
        {
            book.Invalidate();
        }
        else if (change.Id[..Math.Max(bar, 0)] != node.Identity.Node)
        {
            book.RequestShrink();
        }

        Pump(node, book);
    }

    private void OpenWallets()
    {
        for (var i = 0; i < _knobs.Projects; i++)
        {
            var project = new ProjectId(Name("prj_"));
            _store.Write(c =>
            {
                Wallet.Open(c, project.Value, Currency);
                return true;
            });
            for (var k = 0; k < 2; k++)
            {
                _payers.Add(NewPayer(project));
            }
        }
    }

    private Payer NewPayer(ProjectId project)
    {
        var payer = new Payer
        {
            Project = project,
            Key = new(Name("key_")),
            Connection = _dice.OneIn(2) ? new ConnectionId(Name("con_")) : null,
            Reseller = _dice.OneIn(2) ? new ResellerId("rsl_1") : null,
            GatewayMarkupBps = (int)_dice.Any([0, 1, 333, 10_000]),
            ResellerMarkupBps = (int)_dice.Any([0, 1_500, 7, 10_000]),
        };
        return WithLimits(payer);
    }

    private Payer WithLimits(Payer payer)
    {
        var limited = payer with
        {
            KeyMonthlyLimit = AnyLimit(),
            ConnectionMonthlyLimit = payer.Connection is null ? null : AnyLimit(),
        };
        _model.Cap(AllowanceScope.Key, payer.Key.Value, limited.KeyMonthlyLimit);
        if (payer.Connection is { } connection)
        {
            _model.Cap(AllowanceScope.Connection, connection.Value, limited.ConnectionMonthlyLimit);
        }

        return limited;
    }

    private NanoUsd? AnyLimit() =>
        _knobs.HasLimits && _dice.OneIn(2) ? new NanoUsd(_dice.Wide(_knobs.CreditMax)) : null;

    private void See(string path) => _seen.Add(path);

    private void Note(
        [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("")] LogText text
    ) => _log?.Add($"{_nowMs, 9} {text.Text}");

    /// <summary>Formats only where somebody reads it.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    private ref struct LogText
    {
        private System.Runtime.CompilerServices.DefaultInterpolatedStringHandler _text;

        public LogText(int literals, int holes, MoneySimulation day, out bool isWanted)
        {
            isWanted = day._log is not null;
            _text = isWanted ? new(literals, holes) : default;
        }

        public string Text => _text.ToStringAndClear();

        public void AppendLiteral(string value) => _text.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
    }

    // Names that sort by age, as real ids do.
    private string Name(string prefix) =>
        prefix + (++_names).ToString("D7", CultureInfo.InvariantCulture);
}

/// <summary>Paths that a run has to take now and then, or it proves little.</summary>
internal static class Sometimes
{
    public const string Late = "late";
    public const string Fence = "fence";
    public const string Absorbed = "absorbed";
    public const string Recall = "recall";
    public const string UnknownCommit = "unknown commit";
    public const string Reclaim = "reclaim";
    public const string Bisect = "bisect";
    public const string Quarantine = "quarantine";
    public const string ExtensionRefused = "extension refused";
    public const string Split = "promo and paid in one charge";
    public const string Correction = "correction";
    public const string Denied = "insufficient balance";
    public const string LimitReached = "limit reached";
    public const string OnHold = "balance on hold";
    public const string Frozen = "frozen";
    public const string Debt = "debt";
    public const string Expired = "promo expired";
    public const string Failover = "failover";
    public const string Garbage = "garbage usage";
    public const string BeyondHold = "more than the hold out of the lease";
    public const string Refund = "refund";
    public const string TakenBack = "taken back from a reseller";

    public static IReadOnlyList<string> All { get; } =
    [
        Late,
        Fence,
        Absorbed,
        Recall,
        UnknownCommit,
        Reclaim,
        Bisect,
        Quarantine,
        ExtensionRefused,
        Split,
        Correction,
        Denied,
        LimitReached,
        OnHold,
        Frozen,
        Debt,
        Expired,
        Failover,
        Garbage,
        BeyondHold,
        Refund,
        TakenBack,
    ];
}
