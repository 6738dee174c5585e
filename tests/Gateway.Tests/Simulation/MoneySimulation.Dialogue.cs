using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>What nodes ask the store for, and how its answers find their way back.</summary>
internal sealed partial class MoneySimulation
{
    private const int RecallWaitMs = 1_000;

    /// <summary>A node's life begins: what a former one of this name had leased comes back.</summary>
    private void Start(string name)
    {
        if (IsStoreDown)
        {
            After(1_000, () => Start(name));
            return;
        }

        StartNow(name);
    }

    private void StartNow(string name)
    {
        var start = _store.Write(c => Nodes.Start(c, name, _store.NowMs));
        var node = new SimulatedNode(start, _knobs.Policy)
        {
            TicksOffset = _dice.UpTo(1_000_000_000),
            WallOffsetMs = _dice.OneIn(5) ? _dice.Between(-3_600_000, 3_600_000) : 0,
        };
        _nodes.Add(node);
        _everyNode.Add(node);
        Note($"{node} starts, {start.Reclaimed} leases back, {start.CrashedHolds} holds lost");
        if (start.Reclaimed > 0)
        {
            See(Sometimes.Reclaim);
        }

        AfterCommit();
        OnNode(node, 1_000, () => Tick(node, 0));
    }

    private void Tick(SimulatedNode node, int count)
    {
        if (_isResting)
        {
            return;
        }

        OnNode(node, 1_000, () => Tick(node, count + 1));
        foreach (var book in node.Books.Values)
        {
            book.Tick(NowOf(node));
            Pump(node, book);
        }

        Flush(node);
        if (count % 5 == 4)
        {
            Beat(node);
        }

        if (count % 13 == 12)
        {
            ExpireDue(node);
        }
    }

    private void Beat(SimulatedNode node)
    {
        var mayDeclareDead = _dice.OneIn(2);
        Send(
            node,
            c =>
            {
                if (!Nodes.Beat(c, node.Identity, _store.NowMs))
                {
                    return (IsCurrent: false, Reclaimed: 0);
                }

                return (IsCurrent: true, Reclaimed: Nodes.Sweep(c, mayDeclareDead, _store.NowMs));
            },
            beat =>
            {
                if (beat.Reclaimed > 0)
                {
                    Note($"{node} reclaims {beat.Reclaimed} leases");
                    See(Sometimes.Reclaim);
                }
            },
            beat => node.MaySpend &= beat.IsCurrent,
            Ignore
        );
    }

    private void ExpireDue(SimulatedNode node)
    {
        foreach (var project in CreditStore.DueToExpire(_store.Connection, _store.NowMs))
        {
            RecallAll(node, project, () => TidyAt(node, project));
        }
    }

    private void TidyAt(SimulatedNode node, string project) =>
        Send(
            node,
            c =>
            {
                CreditStore.Tidy(c, project, _store.NowMs);
                return _store.Record(c, LeaseStore.WalletChanged, project);
            },
            static _ => { },
            static _ => { },
            Ignore
        );

    private void Pump(SimulatedNode node, LeaseBook book)
    {
        switch (book.Next(NowOf(node), () => Name("lse_")))
        {
            case AcquireCommand acquire:
                Acquire(node, book, acquire);
                break;
            case ShrinkCommand shrink:
                Shrink(node, book, shrink);
                break;
            case RecallCommand recall:
                RecallOthers(
                    node,
                    recall.Project,
                    () =>
                    {
                        book.Finish(recall);
                        Pump(node, book);
                    },
                    fault => Fail(node, book, recall, fault)
                );
                break;
        }
    }

    private void Acquire(SimulatedNode node, LeaseBook book, AcquireCommand command)
    {
        Dictionary<string, Int128> truth = [];
        Send(
            node,
            c =>
                LeaseStore.Acquire(
                    c,
                    command,
                    node.Identity,
                    _knobs.Policy,
                    Currency,
                    _store.NowMs
                ),
            reply =>
            {
                Note(
                    $"{node} acquires {reply.Status} {reply.LeaseId} granted {reply.Granted.Paid.Value}+{reply.Granted.Promo.Value} free {reply.Unleased.Value}"
                );
                // In the same transaction credit may have come to its end.
                LearnExpiries();
                truth = Truth(command.Project);
            },
            reply =>
            {
                if (reply.Status == AcquireStatus.Fenced)
                {
                    See(Sometimes.Fence);
                    node.MaySpend = false;
                }

                Decide(node, book, book.Finish(command, reply, NowOf(node)), truth);
            },
            fault => Fail(node, book, command, fault)
        );
    }

    private void Shrink(SimulatedNode node, LeaseBook book, ShrinkCommand command) =>
        Send(
            node,
            c => LeaseStore.Shrink(c, command, node.Identity, _store.NowMs),
            reply =>
                Note(
                    $"{node} shrinks {command.LeaseId} to {command.Keep.Total.Value}, close {command.Close}, lost {reply.IsLost}"
                ),
            reply =>
            {
                book.Finish(command, reply);
                Pump(node, book);
            },
            fault => Fail(node, book, command, fault)
        );

    private void Fail(SimulatedNode node, LeaseBook book, BookCommand command, Exception fault)
    {
        // A store may be away; it never refuses what a book asks for.
        Promised.Holds(fault is StoreUnavailableException, $"{node} {command}: {fault}");
        Decide(node, book, book.Fail(command), []);
    }

    private void Decide(
        SimulatedNode node,
        LeaseBook book,
        List<HoldDecision> decisions,
        Dictionary<string, Int128> truthAtAnswer
    )
    {
        foreach (var decision in decisions)
        {
            Decided(decision, truthAtAnswer);
        }

        Pump(node, book);
    }

    private void RecallOthers(
        SimulatedNode node,
        string project,
        Action done,
        Action<Exception> failed
    )
    {
        See(Sometimes.Recall);
        Send(
            node,
            c => LeaseStore.Recall(_store, c, project, node.Identity.Node),
            static _ => { },
            mustWait =>
            {
                if (mustWait)
                {
                    Wait(node, project, done, failed, _nowMs + RecallWaitMs);
                }
                else
                {
                    done();
                }
            },
            failed
        );
    }

    private void Wait(
        SimulatedNode node,
        string project,
        Action done,
        Action<Exception> failed,
        long untilMs
    )
    {
        if (IsStoreDown)
        {
            failed(new StoreUnavailableException("down", false, null));
        }
        else if (_nowMs >= untilMs || LeaseStore.IsRecallDone(_store.Connection, project))
        {
            done();
        }
        else
        {
            OnNode(node, 50, () => Wait(node, project, done, failed, untilMs));
        }
    }

    /// <summary>Before a decision on money that is not a hold: this node gives back too.</summary>
    private void RecallAll(SimulatedNode node, string project, Action done)
    {
        var book = node.BookOf(project);
        book.RequestShrink();
        Pump(node, book);
        RecallOthers(node, project, done, Ignore);
    }

    private static void Ignore(Exception fault) { }
}
