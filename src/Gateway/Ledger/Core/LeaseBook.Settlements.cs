using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Core;

/// <summary>What a call to settle turned out to be.</summary>
internal enum SettleCheck
{
    First,

    /// <summary>The same call again.</summary>
    Repeated,

    /// <summary>Ended before, in another way or for another amount: an alarm, and a no-op.</summary>
    Contradicts,
}

internal sealed partial class LeaseBook
{
    private const string EstimateReason = "estimate";
    private const string ProviderErrorReason = "provider_error";
    private static readonly long s_recentWindow = TimeSpan.FromSeconds(2).Ticks;

    /// <summary>
    /// Turns a hold into its charge. What exceeds the hold is taken from the free part of the same
    /// lease; what does not fit there the operator absorbs. Nothing is ever taken by force.
    /// </summary>
    /// <param name="hold">To be ended.</param>
    /// <param name="facts">What was used, progress included.</param>
    /// <param name="now">The present.</param>
    /// <param name="settlement">To be made durable; null unless this is the first end.</param>
    /// <param name="isGarbage">The provider's figures were impossible and were cut to the hold.</param>
    public SettleCheck Settle(
        HeldFunds hold,
        ChargeFacts facts,
        Moment now,
        out Settlement? settlement,
        out bool isGarbage
    )
    {
        settlement = null;
        isGarbage = false;
        if (hold.State != HoldState.Held)
        {
            return hold.State == HoldState.Settled && hold.SettledBase == facts.Base
                ? SettleCheck.Repeated
                : SettleCheck.Contradicts;
        }

        var basePrice = Plausible(hold, facts, out isGarbage);
        var isFree = facts.Outcome == ChargeOutcome.ProviderError;
        var parts = isFree ? new(basePrice, default, default) : hold.PartsOf(basePrice);
        List<ChargeRow> rows = [];
        if (isFree ? hold.NextSeq > 0 : parts.Base < hold.Booked.Base)
        {
            var kept = isFree ? default : parts;
            rows.Add(Correction(hold, hold.Booked - kept, facts));
        }

        if (isFree || rows.Count == 0)
        {
            var wish = isFree ? NanoUsd.Zero : (parts - hold.Booked).Total;
            var split = Pay(hold, wish, mayExceed: true);
            var reason = isFree ? ProviderErrorReason : EstimateReason;
            rows.Add(Row(hold, facts, parts - hold.Booked, split, reason));
        }

        hold.SettledBase = facts.Base;
        End(hold, HoldState.Settled);
        Remember(hold.Booked.Total, now);
        settlement = Enlist(new Settlement(hold, rows, IsFinal: true));
        return SettleCheck.First;
    }

    /// <summary>Books what was used so far, at most what is held. Null when there is nothing new.</summary>
    public Settlement? BookProgress(HeldFunds hold, ChargeFacts facts)
    {
        if (hold.State != HoldState.Held || facts.Base <= hold.Booked.Base)
        {
            return null;
        }

        var basePrice = NanoUsd.Min(Plausible(hold, facts, out _), hold.BaseMax);
        var added = hold.PartsOf(basePrice) - hold.Booked;
        if (added.Base <= NanoUsd.Zero || added.Total > hold.Remaining)
        {
            return null;
        }

        var split = Pay(hold, added.Total, mayExceed: false);
        var row = Row(hold, facts, added, split, EstimateReason);
        return Enlist(new Settlement(hold, [row], IsFinal: false));
    }

    /// <summary>The rows are durable, as the store booked them.</summary>
    public void Flushed(Settlement settlement, ReadOnlySpan<BookedRow> booked)
    {
        var assumed = AssumedOf(settlement);
        var charged = NanoUsd.Zero;
        var isLate = false;
        foreach (var row in booked)
        {
            charged += row.Charged.Total;
            isLate |= row.IsLate;
        }

        Unlist(settlement.Hold.Lease!, assumed);
        settlement.Hold.BookedCharged += charged - assumed;
        _unspent -= charged - assumed;
        if (isLate && settlement.Hold.Lease == _lease)
        {
            Lose();
            _renewWanted = true;
        }
    }

    /// <summary>The rows can never be booked: what they took from the lease is free again.</summary>
    public void Quarantined(Settlement settlement)
    {
        var hold = settlement.Hold;
        foreach (var row in settlement.Rows)
        {
            hold.Lease!.Used -= row.Split;
            hold.BookedCharged -= row.Split.Total;
            Count(hold.KeyAllowance, NanoUsd.Zero - row.Split.Total);
            Count(hold.ConnectionAllowance, NanoUsd.Zero - row.Split.Total);
        }

        Unlist(hold.Lease!, AssumedOf(settlement));
        _unspent += AssumedOf(settlement);
    }

    private static NanoUsd Plausible(HeldFunds hold, ChargeFacts facts, out bool isGarbage)
    {
        isGarbage = facts.Base < NanoUsd.Zero || facts.Base > s_chargeMax || !facts.Usage.IsValid;
        return isGarbage
            ? NanoUsd.Max(NanoUsd.Zero, NanoUsd.Min(facts.Base, hold.BaseMax))
            : facts.Base;
    }

    private static Funds Pay(HeldFunds hold, NanoUsd wish, bool mayExceed)
    {
        var lease = hold.Lease!;
        var fromHold = NanoUsd.Min(wish, hold.Remaining);
        var beyond =
            mayExceed && !lease.IsLost && wish > fromHold
                ? NanoUsd.Min(wish - fromHold, FreeFor(hold))
                : NanoUsd.Zero;
        SetAside(hold, NanoUsd.Zero - fromHold);
        var split = (lease.Granted - lease.Used).PromoFirst(fromHold + beyond);
        lease.Used += split;
        Count(hold.KeyAllowance, split.Total);
        Count(hold.ConnectionAllowance, split.Total);
        return split;
    }

    private static void Count(Allowance? allowance, NanoUsd amount)
    {
        if (allowance is not null)
        {
            allowance.Used += amount;
            allowance.MonthUsed += amount;
        }
    }

    private static ChargeRow Row(
        HeldFunds hold,
        ChargeFacts facts,
        ChargeParts added,
        Funds split,
        string reason
    )
    {
        // The operator's own bill is a running figure too, and rows of a charge never lower it.
        var cogs = NanoUsd.Max(NanoUsd.Zero, facts.Cogs - hold.BookedCogs);
        var row = NewRow(hold, facts, added, cogs, reason) with { Split = split };
        hold.BookedCharged += split.Total;
        return row;
    }

    private static ChargeRow Correction(HeldFunds hold, ChargeParts back, ChargeFacts facts)
    {
        var isWhole = facts.Outcome == ChargeOutcome.ProviderError;
        var cogs = isWhole ? NanoUsd.Zero : NanoUsd.Min(NanoUsd.Zero, facts.Cogs - hold.BookedCogs);
        return NewRow(hold, facts, default(ChargeParts) - back, cogs, EstimateReason) with
        {
            IsCorrection = true,
        };
    }

    private static ChargeRow NewRow(
        HeldFunds hold,
        ChargeFacts facts,
        ChargeParts added,
        NanoUsd cogs,
        string reason
    )
    {
        hold.Booked += added;
        hold.BookedCogs += cogs;
        return new ChargeRow
        {
            Id = hold.Request.Id.Value,
            Seq = hold.NextSeq++,
            Payer = hold.Request.Payer,
            Month = hold.Month,
            LeaseId = hold.Lease!.Id,
            Parts = added,
            Split = Funds.None,
            AbsorbedReason = reason,
            Cogs = cogs,
            Facts = facts,
            UsageJson = UsageJson.Write(facts.Usage),
            HoldAmount = hold.Amount,
            StartedAtUnixMs = hold.StartedAtUnixMs,
        };
    }

    private static NanoUsd AssumedOf(Settlement settlement)
    {
        var sum = NanoUsd.Zero;
        foreach (var row in settlement.Rows)
        {
            sum += row.Split.Total;
        }

        return sum;
    }

    private Settlement Enlist(Settlement settlement)
    {
        var amount = AssumedOf(settlement);
        var lease = settlement.Hold.Lease!;
        lease.Unflushed++;
        _unspent -= amount;
        if (lease.IsLost)
        {
            _pendingOnLost += amount;
        }

        return settlement;
    }

    private void Unlist(NodeLease lease, NanoUsd amount)
    {
        lease.Unflushed--;
        if (lease.IsLost)
        {
            _pendingOnLost -= amount;
        }
        else
        {
            lease.Flushed += amount;
        }
    }

    private void Remember(NanoUsd total, Moment now)
    {
        _meanRequest =
            _meanRequest == NanoUsd.Zero
                ? total
                : new(_meanRequest.Value + ((total.Value - _meanRequest.Value) / 16));
        if (now.Ticks - _recentSinceTicks > s_recentWindow)
        {
            (_recentSpend, _recentSinceTicks) = (NanoUsd.Zero, now.Ticks);
        }

        _recentSpend += total;
    }
}
