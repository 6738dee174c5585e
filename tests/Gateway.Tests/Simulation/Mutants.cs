namespace Arda.Gateway.Tests.Simulation;

/// <summary>Ways to lose, make or take money twice that the simulation has to notice.</summary>
internal static class Mutants
{
    private const string Book = "Core/LeaseBook.cs";
    private const string Settlements = "Core/LeaseBook.Settlements.cs";
    private const string Commands = "Core/LeaseBook.Commands.cs";
    private const string Decisions = "Core/LeaseBook.Decisions.cs";
    private const string Leases = "Store/Leases.cs";
    private const string Charges = "Store/ChargeStore.cs";

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new(
            "a retry is not recognised and counts again",
            new Plant(
                "MoneySimulation.Flushes.cs",
                "node.Flying = batch with { IsRetry = true };",
                "node.Number++; node.Flying = node.NewBatch(batch.Settlements);"
            ),
            new Plant(Charges, "if (!isNew[i])", "if (isNew.Length < i)")
        ),
        new(
            "a retry of a committed batch is written again",
            new Plant(
                Charges,
                "if (_batch.IsRetry && CommittedHash()",
                "if (_batch.Number < 0 && CommittedHash()"
            )
        ),
        new(
            "a reclaim forgets what was used",
            new Plant(
                Leases,
                "var folded = Fold(connection, lease, wallet, now);",
                "var folded = lease;"
            )
        ),
        new("a fold leaves the money lent", new Plant(Leases, "wallet.Leased -= used;", "")),
        new(
            "a fold does not take the money out of the wallet",
            new Plant(Leases, "wallet.Out += used;", "")
        ),
        new(
            "a lease that was taken back still pays",
            new Plant(Charges, "AND epoch = @epoch AND state = 'open'", "AND epoch = @epoch")
        ),
        new(
            "a dispute takes money that is lent",
            new Plant(
                "Store/DisputeStore.cs",
                "NanoUsd.Min(amount, wallet.Free.Paid)",
                "NanoUsd.Min(amount, (wallet.In - wallet.Out).Paid)"
            )
        ),
        new(
            "a won dispute returns its debt as well",
            new Plant(
                "Store/DisputeStore.cs",
                "withdrawn.FromWallet + ofUser - ofDebt",
                "withdrawn.FromWallet + ofUser"
            )
        ),
        new(
            "a top-up that comes twice counts twice",
            new Plant(
                "Store/CreditStore.cs",
                "var id = \"topup:\" + external;",
                "var id = \"topup:\" + external + \":\" + wallet.Version;"
            )
        ),
        new(
            "an answer is given without a commit",
            new Plant(
                "SimulatedStore.cs",
                "_connection.Execute(\"COMMIT\")",
                "_connection.Execute(NowMs % 7 == 0 ? \"ROLLBACK\" : \"COMMIT\")"
            )
        ),
        new(
            "paid money goes before promotional credit",
            new Plant(
                "Core/Funds.cs",
                "var promo = NanoUsd.Min(amount, Promo);",
                "var first = NanoUsd.Min(amount, Paid);"
            ),
            new Plant(
                "Core/Funds.cs",
                "var paid = amount - promo;",
                "var promo = amount - first; var paid = first;"
            )
        ),
        new(
            "the reseller's markup is rounded up",
            new Plant(
                "ChargeParts.cs",
                "(basePrice + gateway).MarkupFloor(resellerBps)",
                "new NanoUsd((long)((((Int128)basePrice.Value + gateway.Value) * resellerBps + 9_999) / 10_000))"
            )
        ),
        new(
            "a price is rounded up twice",
            new Plant(
                "ChargeParts.cs",
                "var gateway = basePrice.MarkupFloor(gatewayBps);",
                "var gateway = new NanoUsd((long)(((Int128)basePrice.Value * gatewayBps + 9_999) / 10_000));"
            )
        ),
        new(
            "a lease's id is used again",
            new Plant(Commands, "            newLeaseId,\n", "            \"lse_\" + Project,\n")
        ),
        new(
            "a hold grows beyond its lease",
            new Plant(Book, "if (FreeFor(hold) < more)", "if (hold.Lease.Granted.Total < more)")
        ),
        new(
            "a settlement takes beyond its lease",
            new Plant(Settlements, "NanoUsd.Min(wish - fromHold, FreeFor(hold))", "wish - fromHold")
        ),
        new(
            "a release after a settlement gives back again",
            new Plant(
                Book,
                "return false;\n        }\n\n        End(hold, HoldState.Released);",
                "return hold.State == HoldState.Settled;\n        }\n\n        End(hold, HoldState.Released);"
            )
        ),
        new(
            "a second settlement is charged again",
            new Plant(
                Settlements,
                "isGarbage = false;\n        if (hold.State != HoldState.Held)",
                "isGarbage = false;\n        if (hold.State == HoldState.Released)"
            )
        ),
        new(
            "a late charge takes what is not there",
            new Plant(Charges, "NanoUsd.Min(row.Split.Total, wallet.Free.Total)", "row.Split.Total")
        ),
        new(
            "a late charge gives away what is there",
            new Plant(
                Charges,
                "NanoUsd.Min(row.Split.Total, wallet.Free.Total)",
                "NanoUsd.Min(new(row.Split.Total.Value / 2), wallet.Free.Total)"
            )
        ),
        new(
            "progress is charged again at the end",
            new Plant(
                Settlements,
                "var wish = isFree ? NanoUsd.Zero : (parts - hold.Booked).Total;",
                "var wish = isFree ? NanoUsd.Zero : parts.Total;"
            )
        ),
        new(
            "a charge does not count in its limit",
            new Plant(
                Charges,
                "        if (!row.IsCorrection)\n        {\n            foreach (var (key, _) in row.Limits())",
                "        if (row.IsCorrection)\n        {\n            foreach (var (key, _) in row.Limits())"
            )
        ),
        new(
            "a correction stays counted in its limit",
            new Plant(
                "Store/Allowances.cs",
                "SET used = used - @amount\n",
                "SET used = used - 0 * @amount\n"
            )
        ),
        new(
            "a limit that is lent away is lent again",
            new Plant(
                "Store/Allowances.cs",
                "var left = want.Cap - spend.Used - leased;",
                "var left = want.Cap - spend.Used;"
            )
        ),
        new(
            "a correction leaves the reseller its share",
            new Plant(
                "Store/ChargeCorrections.cs",
                "NanoUsd.Zero - EarnedBack(row, booked, split.Paid)",
                "NanoUsd.Zero"
            )
        ),
        new(
            "a correction does not return to its lot",
            new Plant(
                "Store/ChargeCorrections.cs",
                "Lots.Restore(connection, wallet.Project, Lots.Paid, split.Paid, cause, now);",
                ""
            )
        ),
        new(
            "promotional credit earns the reseller money",
            new Plant(Charges, "EarnedOf(row, row.Split.Paid)", "EarnedOf(row, row.Split.Total)")
        ),
        new(
            "what a reseller gives back is still owed by the user",
            new Plant("Store/TakeBacks.cs", "wallet.Debt -= amount;", "")
        ),
        new(
            "a dispute that is won pays the reseller's share twice",
            new Plant(
                "Store/DisputeStore.cs",
                "var ofUser = withdrawn.Debt - toResellers;",
                "var ofUser = withdrawn.Debt;"
            )
        ),
        new(
            "credit that is lent expires",
            new Plant(
                "Store/Credit.cs",
                "NanoUsd.Min(new(rest), wallet.Free.Promo)",
                "new NanoUsd(rest)"
            )
        ),
        new(
            "a shrink gives away what is held",
            new Plant(Commands, ".PromoFirst(lease.Held)", ".PromoFirst(NanoUsd.Zero)")
        ),
        new(
            "what one node was lent is lent to the next",
            new Plant(
                "Store/Wallet.cs",
                "public Funds Free => In - Out - Leased;",
                "public Funds Free => In - Out;"
            )
        ),
        new(
            "a new process continues the life of the former",
            new Plant(
                "Store/Nodes.cs",
                "SET epoch = ledger_node.epoch + 1",
                "SET epoch = ledger_node.epoch"
            )
        ),
        new(
            "idle money of a lease does not count before a denial",
            new Plant(
                Decisions,
                "var balance = _unspent ?? reply.Unspent;",
                "var balance = _unleased;"
            )
        ),
        new(
            "who stops waiting shifts the answers of the others",
            new Plant(Book, "_asked -= at < _asked ? 1 : 0;", "")
        ),
        new(
            "what a waiting hold was lent goes to who came later, and the hold is refused",
            new Plant(Decisions, "if (lease.Free + _unleased < total)", "if (total.Value >= 0)")
        ),
        new(
            "a free model has no lease to run on",
            new Plant(
                "Store/LeaseStore.cs",
                "(added != Funds.None || (wallet.IsActive && command.Open))",
                "added != Funds.None"
            )
        ),
        new(
            "a provider's invented bill enters the books",
            new Plant(
                Settlements,
                "return cogs == facts.Cogs ? facts : facts with { Cogs = cogs };",
                "return facts;"
            )
        ),
        new(
            "credit that a correction returns never expires",
            new Plant(
                "Store/ChargeCorrections.cs",
                "wallet.PromoExpiresAt = Lots.NextExpiry(connection, wallet.Project);",
                ""
            )
        ),
        new(
            "a correction puts back what a refund has drawn",
            new Plant(
                "Store/Lots.cs",
                "AND (d.cause LIKE 'fold:%' OR d.cause LIKE 'late:%' OR d.cause LIKE 'correction:%')",
                ""
            )
        ),
        new(
            "a dispute that comes twice takes twice",
            new Plant(
                "Store/DisputeStore.cs",
                "if (Find(connection, dispute) is { } before)",
                "if (Find(connection, dispute) is { Debt.Value: < 0 } before)"
            )
        ),
        new(
            "a refund that was done can still fail",
            new Plant(
                "Store/RefundStore.cs",
                "if (Transfers.AmountOf(connection, other + refund) is not null)",
                "if (Transfers.AmountOf(connection, other + refund) is { Value: < 0 })"
            )
        ),
        new(
            "the neighbours of a refused charge are forgotten",
            new Plant(
                "MoneySimulation.Flushes.cs",
                "node.Halves.Push(([.. settlements.Skip(half)], batch.IsRetry));",
                ""
            )
        ),
    ];
}
