using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Ledger.Core;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>Requests from their hold to their end, and providers that say what they like.</summary>
internal sealed partial class MoneySimulation
{
    private const long JournalAbove = 1_000;

    private void Arrive()
    {
        if (_isResting)
        {
            return;
        }

        After(_dice.Wide(2 * _knobs.ArrivalEveryMs), Arrive);
        var node = _dice.Any(_nodes);
        // Clients come in crowds: some while the store is still being asked for the first of them.
        for (var crowd = _dice.OneIn(8) ? _dice.UpTo(8) : 0; crowd >= 0; crowd--)
        {
            ArriveAt(node, crowd == 0 ? 0 : _dice.UpTo(_knobs.DelayMaxMs));
        }
    }

    private void ArriveAt(SimulatedNode node, long delay)
    {
        var index = (int)_dice.UpTo(_payers.Count - 1);
        if (_knobs.HasLimits && _dice.OneIn(12))
        {
            _payers[index] = WithLimits(_payers[index]);
        }

        // Some models cost nothing.
        var most = _dice.OneIn(25) ? 0 : _dice.Wide(_knobs.HoldMax);
        var request = new HoldRequest
        {
            Id = new(Name("gen_")),
            Payer = _payers[index],
            BaseMax = new(most),
            MinimumBaseMax = _dice.OneIn(4) ? new NanoUsd(_dice.UpTo(most)) : null,
            Provider = _dice.Any(["a", "b"]),
            Model = "sim/model",
        };
        OnNode(node, delay, () => Begin(new SimulatedRequest(request) { Node = node }));
    }

    private void Begin(SimulatedRequest request)
    {
        var node = request.Node;
        if (!node.MaySpend)
        {
            return;
        }

        _requests.Add(request);
        var book = node.BookOf(request.Request.Payer.Project.Value);
        if (book.TryHold(request, NowOf(node)))
        {
            Granted(request);
        }
        else
        {
            OnNode(node, 5_000, () => GiveUp(request));
        }

        Pump(node, book);
    }

    private void GiveUp(SimulatedRequest request)
    {
        if (request.State == HoldState.Waiting)
        {
            BookOf(request).Release(request);
            Note($"{request.Node} {request.Request.Id} gave up");
        }
    }

    private void Granted(SimulatedRequest request)
    {
        Note(
            $"{request.Node} {request.Request.Id} holds {request.Amount.Value} of {request.Lease!.Id}"
        );
        Promised.Holds(
            request.Amount == request.TotalOf(request.BaseMax)
                && request.BaseMax <= request.Request.BaseMax
                && request.Amount >= request.LeastTotal,
            $"{request.Request.Id} holds {request.Amount.Value}"
        );
        request.Node.Running.Add(request);
        if (request.Amount.Value > JournalAbove)
        {
            request.Node.Watched.Add(request);
        }

        OnNode(request.Node, WorkDelay(), () => Work(request));
    }

    private void Decided(HoldDecision decision, Dictionary<string, Int128> truthAtAnswer)
    {
        var request = (SimulatedRequest)decision.Hold;
        if (decision.Denial is null)
        {
            Granted(request);
            return;
        }

        Note($"{request.Node} {request.Request.Id} denied: {decision.Denial}");
        CheckDenial(request, decision.Denial, truthAtAnswer);
    }

    // Some requests outlive their lease.
    private long WorkDelay() =>
        _isResting ? 0
        : _dice.OneIn(40) ? _dice.UpTo(100_000)
        : _dice.Wide(4_000);

    private void Work(SimulatedRequest request)
    {
        if (request.State != HoldState.Held)
        {
            return;
        }

        if (!_isResting && _dice.PerMille(_knobs.ProgressPerMille))
        {
            request.Used += _dice.Wide(Math.Max(1, request.BaseMax.Value / 3));
            Progress(request);
        }
        else if (!_isResting && _dice.PerMille(_knobs.ExtendPerMille))
        {
            Extend(request);
        }
        else
        {
            End(request);
            return;
        }

        OnNode(request.Node, WorkDelay(), () => Work(request));
    }

    private void Progress(SimulatedRequest request)
    {
        var facts = Facts(request.Used, ChargeOutcome.Completed);
        var promoLeft = (request.Lease!.Granted - request.Lease.Used).Promo;
        if (BookOf(request).BookProgress(request, facts) is { } progress)
        {
            CheckPromoFirst(progress, promoLeft);
            Note($"{request.Node} {request.Request.Id} progress {request.Used}");
            Enqueue(request.Node, progress);
        }
    }

    private void Extend(SimulatedRequest request)
    {
        var more = new NanoUsd(_dice.Wide(_knobs.HoldMax));
        var isExtended = BookOf(request).TryExtend(request, more, NowOf(request.Node));
        Note($"{request.Node} {request.Request.Id} extend {more.Value}: {isExtended}");
        if (!isExtended)
        {
            See(Sometimes.ExtensionRefused);
        }

        Pump(request.Node, BookOf(request));
    }

    private void End(SimulatedRequest request)
    {
        request.Node.Running.Remove(request);
        if (request.NextSeq == 0 && _dice.OneIn(6))
        {
            Promised.Holds(BookOf(request).Release(request), "a hold that is held can be released");
            AfterEnd(request);
            ContradictOrRepeat(request);
            return;
        }

        var facts = FinalFacts(request);
        request.Final = facts;
        Settle(request, facts);
        AfterEnd(request);
        ContradictOrRepeat(request);
    }

    private void Settle(SimulatedRequest request, ChargeFacts facts)
    {
        var (remaining, lease) = (request.Remaining, request.Lease!);
        var wasFree = FreeOf(request);
        var promoLeft = (lease.Granted - lease.Used).Promo;
        var booked = request.Booked.Total;
        var check = BookOf(request)
            .Settle(request, facts, NowOf(request.Node), out var settlement, out var isGarbage);
        Promised.Holds(check == SettleCheck.First && settlement is not null, "a first end counts");
        if (isGarbage)
        {
            See(Sometimes.Garbage);
        }

        var wish =
            facts.Outcome == ChargeOutcome.ProviderError
                ? NanoUsd.Zero
                : NanoUsd.Max(NanoUsd.Zero, request.Booked.Total - booked);
        var taken = settlement.Rows.Aggregate(NanoUsd.Zero, (sum, row) => sum + row.Split.Total);
        var most = lease.IsLost ? remaining : remaining + wasFree;
        Note(
            $"{request.Node} {request.Request.Id} settles {facts.Base.Value} {facts.Outcome} pays {taken.Value} of {lease.Id}"
        );
        Promised.Holds(
            taken == NanoUsd.Min(wish, most),
            $"{request.Request.Id} takes {taken.Value} of {wish.Value}, at most {most.Value}"
        );
        CheckPromoFirst(settlement, promoLeft);
        if (wish > most)
        {
            See(Sometimes.Absorbed);
        }
        else if (wish > remaining)
        {
            See(Sometimes.BeyondHold);
        }

        Enqueue(request.Node, settlement);
    }

    private static NanoUsd FreeOf(SimulatedRequest request)
    {
        NanoUsd?[] free =
        [
            request.Lease!.Free,
            request.KeyAllowance?.Free,
            request.ConnectionAllowance?.Free,
        ];
        return NanoUsd.Max(NanoUsd.Zero, free.OfType<NanoUsd>().Min());
    }

    private void AfterEnd(SimulatedRequest request)
    {
        Promised.Holds(request.Remaining == NanoUsd.Zero, "an ended hold holds nothing");
        if (request.IsJournaled)
        {
            request.IsJournaled = false;
            request.Node.Ended.Add(request.Request.Id.Value);
        }

        Pump(request.Node, BookOf(request));
        OnNode(request.Node, Delay(), () => Flush(request.Node));
    }

    // A client or a handler that ends it twice.
    private void ContradictOrRepeat(SimulatedRequest request)
    {
        if (!_dice.OneIn(5))
        {
            return;
        }

        var facts = request.Final is { } said && _dice.OneIn(2) ? said : Facts(7, default);
        var check = BookOf(request)
            .Settle(request, facts, NowOf(request.Node), out var settlement, out _);
        var expected =
            request.Final is { } final && final.Base == facts.Base
                ? SettleCheck.Repeated
                : SettleCheck.Contradicts;
        Promised.Holds(check == expected && settlement is null, "an end happens once");
        Promised.Holds(!BookOf(request).Release(request), "an ended hold is not released");
    }

    private ChargeFacts FinalFacts(SimulatedRequest request)
    {
        var outcome = (ChargeOutcome)_dice.UpTo(4);
        request.Used += _dice.UpTo(Math.Max(0, request.BaseMax.Value - request.Used));
        if (_dice.OneIn(6))
        {
            // Below what progress has booked, or nothing at all.
            request.Used = _dice.UpTo(request.Used);
        }

        var facts = Facts(request.Used, outcome);
        if (_dice.PerMille(_knobs.LiePerMille))
        {
            facts = Lie(facts, request);
        }

        if (_dice.PerMille(_knobs.PoisonPerMille))
        {
            request.IsPoison = true;
            facts = facts with { Model = null! };
        }

        return facts;
    }

    private ChargeFacts Lie(ChargeFacts facts, SimulatedRequest request)
    {
        var most = request.BaseMax.Value;
        return _dice.UpTo(6) switch
        {
            0 => facts with { Base = new(-_dice.Wide(1L << 60)) },
            1 => facts with { Base = new(long.MaxValue), Cogs = new(long.MaxValue) },
            2 => facts with { Base = NanoUsd.Zero, Cogs = NanoUsd.Zero },
            3 => facts with { Usage = new() { Output = -3 } },
            4 => facts with { Cogs = new(-_dice.Wide(1L << 60)) },
            _ => facts with { Base = new(most + _dice.Wide(Math.Max(1, most * 9))) },
        };
    }

    private static ChargeFacts Facts(long used, ChargeOutcome outcome) =>
        new()
        {
            Base = new(used),
            Cogs = new(used - (used / 7)),
            PriceVersion = "sim-1",
            PriceJson = "{}",
            Outcome = outcome,
            Source = UsageSource.Provider,
            Usage = new() { Input = 3, Output = used & 1023 },
            Model = "sim/model",
            Provider = "a",
            RouteJson = "{}",
        };

    /// <summary>The cost at the provider's price as this project understands what it was told.</summary>
    private static Int128 BaseFrom(SimulatedRequest request, ChargeRow row, bool isFinal)
    {
        var said = (Int128)row.Facts.Base.Value;
        Int128 held = request.BaseMax.Value;
        var isGarbage = said < 0 || said > 1_000L * NanoUsd.PerUsd || !row.Facts.Usage.IsValid;
        var plausible = isGarbage ? Int128.Max(0, Int128.Min(said, held)) : said;
        return isFinal ? plausible : Int128.Min(plausible, held);
    }

    private static LeaseBook BookOf(SimulatedRequest request) =>
        request.Node.BookOf(request.Request.Payer.Project.Value);

    private static void CheckPromoFirst(Settlement settlement, NanoUsd promoLeft)
    {
        foreach (var row in settlement.Rows)
        {
            Promised.Holds(
                row.Split.Promo == NanoUsd.Min(row.Split.Total, promoLeft),
                $"{row.Id}/{row.Seq} pays {row.Split.Promo.Value} of {promoLeft.Value} promo first"
            );
        }
    }
}
