using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>Each node's one writer: batches, retries after unknown outcomes, halves, quarantine.</summary>
internal sealed partial class MoneySimulation
{
    private void Enqueue(SimulatedNode node, Settlement settlement)
    {
        var request = (SimulatedRequest)settlement.Hold;
        foreach (var row in settlement.Rows)
        {
            request.CostWith.Add(BaseFrom(request, row, settlement.IsFinal));
        }

        node.Queue.Add(settlement);
        OnNode(node, Delay(), () => Flush(node));
    }

    private void Flush(SimulatedNode node)
    {
        if (node.Flying is not null)
        {
            return;
        }

        if (!node.Halves.TryPop(out var next))
        {
            var count = Math.Min(node.Queue.Count, _knobs.BatchMax);
            next = (node.Queue[..count], false);
            node.Queue.RemoveRange(0, count);
            GatherJournal(node);
            if (count + node.JournalOpened.Count + node.JournalEnded.Count == 0)
            {
                return;
            }
        }

        node.Flying = node.NewBatch(next.Settlements) with { IsRetry = next.IsRetry };
        SendBatch(node, node.Flying);
    }

    private static void GatherJournal(SimulatedNode node)
    {
        foreach (var request in node.Watched)
        {
            if (request is { State: HoldState.Held, Lease: { IsLost: false } lease })
            {
                request.IsJournaled = true;
                node.JournalOpened.Add(
                    new(
                        request.Request.Id.Value,
                        request.Request.Payer.Project.Value,
                        lease.Id,
                        request.Amount,
                        request.Request.Provider,
                        request.Request.Model
                    )
                );
            }
        }

        node.Watched.Clear();
        node.JournalEnded.AddRange(node.Ended);
        node.Ended.Clear();
    }

    private void SendBatch(SimulatedNode node, FlushBatch batch) =>
        Send(
            node,
            c => ChargeStore.Flush(c, batch, Currency, _store.NowMs),
            reply => Committed(node, batch, reply),
            reply => Booked(node, batch, reply),
            fault =>
            {
                if (IsPoison(fault))
                {
                    Halve(node, batch, fault);
                }
                else
                {
                    node.Flying = batch with { IsRetry = true };
                    OnNode(node, 20 + Delay(), () => SendBatch(node, node.Flying));
                }
            }
        );

    // The books have it now, whether its node hears of it or not.
    private void Committed(SimulatedNode node, FlushBatch batch, FlushReply reply)
    {
        CheckBooked(node, batch, reply);
        var at = 0;
        foreach (var settlement in batch.Settlements)
        {
            var request = (SimulatedRequest)settlement.Hold;
            foreach (var row in settlement.Rows)
            {
                var booked = reply.Booked[at++];
                Note(
                    $"{node} books {row.Id}/{row.Seq} {booked.Charged.Paid.Value}+{booked.Charged.Promo.Value} late {booked.IsLate} in {batch.Id}"
                );
                Promised.Holds(!booked.Differs, $"{row.Id}/{row.Seq} is booked otherwise");
                _model.Charge(
                    row,
                    request.CostWith[row.Seq],
                    settlement.IsFinal && row.Facts.Outcome == ChargeOutcome.ProviderError,
                    booked.Charged
                );
            }
        }
    }

    private void Booked(SimulatedNode node, FlushBatch batch, FlushReply reply)
    {
        node.Number++;
        node.Hash = reply.Hash;
        node.Flying = null;
        node.JournalOpened.Clear();
        node.JournalEnded.Clear();
        var at = 0;
        foreach (var settlement in batch.Settlements)
        {
            var rows = new BookedRow[settlement.Rows.Count];
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i] = reply.Booked[at++];
            }

            var request = (SimulatedRequest)settlement.Hold;
            BookOf(request).Flushed(settlement, rows);
            if (settlement.IsFinal)
            {
                request.Acknowledged = request.BookedCharged.Value;
            }

            Pump(node, BookOf(request));
        }

        Flush(node);
    }

    private void Halve(SimulatedNode node, FlushBatch batch, Exception fault)
    {
        Note($"{node} batch {batch.Id} is refused: {fault.Message}");
        node.Flying = null;
        var settlements = batch.Settlements;
        if (settlements.Count > 1)
        {
            See(Sometimes.Bisect);
            var half = settlements.Count / 2;
            node.Halves.Push(([.. settlements.Skip(half)], batch.IsRetry));
            node.Halves.Push(([.. settlements.Take(half)], batch.IsRetry));
            Flush(node);
            return;
        }

        Promised.Holds(settlements.Count == 1, $"the hold journal is refused: {fault.Message}");
        See(Sometimes.Quarantine);
        var request = (SimulatedRequest)settlements[0].Hold;
        // Nothing but what the simulation has poisoned may ever be refused.
        Promised.Holds(
            request.IsPoison && settlements[0].IsFinal,
            $"{request.Request.Id} is refused: {fault}"
        );
        request.IsQuarantined = true;
        Send(
            node,
            c => Quarantine.Keep(c, settlements[0], fault.Message, _store.NowMs),
            static _ => { },
            static _ => { },
            Ignore
        );
        BookOf(request).Quarantined(settlements[0]);
        Pump(node, BookOf(request));
        Flush(node);
    }
}
