using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>Everything that goes wrong with processes, clocks and the store itself.</summary>
internal sealed partial class MoneySimulation
{
    private const int HourMs = 3_600_000;

    // Whoever tries the same for ever is found by it.
    private const int RestEventsMax = 50_000;

    private ReferenceLedger? _modelOfStandby;

    private void Harm()
    {
        if (_isResting)
        {
            return;
        }

        After(_dice.Wide(2 * _knobs.ChaosEveryMs), Harm);
        var node = _nodes.Count > 0 ? _dice.Any(_nodes) : null;
        switch (_dice.UpTo(9))
        {
            case <= 1 when node is not null:
                Crash(node);
                break;
            case <= 4 when node is not null:
                Pause(node);
                break;
            case 5:
                _storeDownUntilMs = _nowMs + _dice.Wide(40_000);
                Note($"store down until {_storeDownUntilMs}");
                break;
            case 6:
                _storeOffsetMs += _dice.Between(-HourMs, HourMs);
                Note($"store clock {_storeOffsetMs}");
                break;
            case 7 when node is not null:
                node.WallOffsetMs += _dice.Between(-HourMs, HourMs);
                Note($"{node} clock {node.WallOffsetMs}");
                break;
            case 8 when _knobs.HasFailover && _modelOfStandby is null:
                Lag();
                break;
        }
    }

    private void Crash(SimulatedNode node)
    {
        Note($"{node} crashes");
        Bury(node);
        After(_dice.Wide(20_000), () => Start(node.Identity.Node));
    }

    private void Bury(SimulatedNode node)
    {
        node.IsDead = true;
        node.Mailbox.Clear();
        _nodes.Remove(node);
        if (_nodes.Count == 0)
        {
            // Somebody has to be there for whoever picks a node.
            StartNow(Name("spare"));
        }
    }

    // Beyond its lease's hard end as often as not; perhaps somebody else takes its name meanwhile.
    private void Pause(SimulatedNode node)
    {
        if (node.IsPaused || IsStoreDown)
        {
            return;
        }

        var hardMs = (long)Math.Min(_knobs.Policy.HardTime.TotalMilliseconds, 1_000_000);
        var lengthMs = _dice.OneIn(2) ? _dice.Wide(5_000) : _dice.UpTo(2 * hardMs);
        Note($"{node} stands still for {lengthMs}");
        node.IsPaused = true;
        After(lengthMs, () => Resume(node));
        if (_dice.OneIn(3))
        {
            Start(node.Identity.Node);
        }
    }

    private void Resume(SimulatedNode node)
    {
        if (!node.IsPaused || node.IsDead)
        {
            return;
        }

        Note($"{node} goes on");
        node.IsPaused = false;
        List<Action> mail = [.. node.Mailbox];
        node.Mailbox.Clear();
        foreach (var happen in mail)
        {
            Deliver(node, happen);
        }
    }

    private void Lag()
    {
        Note($"the standby lags");
        _store.LetStandbyLag();
        _modelOfStandby = _model.Copy();
        After(_dice.Wide(3_000), FailOver);
    }

    /// <summary>
    /// The last commits are lost with the old store. Every process starts anew, the payment
    /// provider's events are listed again, and charges that are gone stay the operator's loss.
    /// </summary>
    private void FailOver()
    {
        See(Sometimes.Failover);
        Note($"failover");
        _store.FailOver();
        _model = _modelOfStandby!;
        _modelOfStandby = null;
        _changesSeen = _store.Connection.QueryOne(
            "SELECT COALESCE(MAX(seq), 0) FROM change",
            row => row.GetInt64(0)
        );
        List<SimulatedNode> all = [.. _nodes];
        _nodes.Clear();
        foreach (var node in all)
        {
            (node.IsDead, node.IsGone) = (true, true);
        }

        foreach (var node in _everyNode)
        {
            node.IsGone |= node.IsDead;
        }

        foreach (
            var name in all.Select(node => node.Identity.Node).Distinct(StringComparer.Ordinal)
        )
        {
            StartNow(name);
        }

        foreach (var request in _requests)
        {
            if (
                request.Acknowledged is { } said
                && _model.ChargedOf(request.Request.Id.Value) != said
            )
            {
                request.Acknowledged = null;
            }
        }

        foreach (var (id, deliver) in _outside)
        {
            if (!_model.Knows(id))
            {
                After(Delay(), deliver);
            }
        }
    }

    private void Rest()
    {
        _isResting = true;
        Note($"rest");
        foreach (var node in _nodes.ToArray())
        {
            Resume(node);
        }

        var most = Events + RestEventsMax;
        for (var round = 0; round < 30 && (round < 2 || !IsQuiet()); round++)
        {
            while (Events < most && Step()) { }

            foreach (var node in _nodes.ToArray())
            {
                foreach (var book in node.Books.Values)
                {
                    book.RequestShrink();
                    Pump(node, book);
                }

                foreach (var request in node.Running.ToArray())
                {
                    OnNode(node, 0, () => Work(request));
                }

                Flush(node);
            }
        }

        Promised.Holds(IsQuiet(), "everything ends");
        // What the dead had leased comes back at its hard end, and whatever has expired ends.
        var hardMs = (long)Math.Min(_knobs.Policy.HardTime.TotalMilliseconds, 1L << 42);
        _store.NowMs += hardMs + (1_000L * HourMs);
        _store.Write(c => Nodes.Sweep(c, mayDeclareDead: false, _store.NowMs));
        foreach (
            var project in _payers.Select(p => p.Project.Value).Distinct(StringComparer.Ordinal)
        )
        {
            _store.Write(c =>
            {
                CreditStore.Tidy(c, project, _store.NowMs);
                return true;
            });
        }

        CheckStore();
    }

    private bool IsQuiet() =>
        _events.Count == 0
        && _nodes.All(node =>
            node.Flying is null
            && !node.Unflushed.Any()
            && node.Running.Count == 0
            && node.Ended.Count == 0
            && node.Books.Values.All(book => book is { Lease: null, OpenHolds: 0, Waiting: 0 })
        );
}
