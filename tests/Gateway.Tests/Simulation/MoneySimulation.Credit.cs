using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>Money that comes and goes by the outside world: each event up to three times, in any
/// order, until the store has answered.</summary>
internal sealed partial class MoneySimulation
{
    private readonly List<(string Id, Action Deliver)> _outside = [];
    private readonly List<(string Id, string Project)> _topups = [];

    // What resellers gave back in each dispute.
    private readonly Dictionary<string, long> _takenBack = new(StringComparer.Ordinal);

    private void ChangeCredit()
    {
        if (_isResting)
        {
            return;
        }

        After(_dice.Wide(2 * _knobs.CreditEveryMs), ChangeCredit);
        var project = _dice.Any(_payers).Project.Value;
        switch (_dice.UpTo(15))
        {
            case <= 5:
                TopUp(project);
                break;
            case <= 8 when _knobs.HasPromo:
                GrantPromo(project);
                break;
            case 9:
                Dispute(project);
                break;
            case 10 or 11 when _topups.Count > 0:
                Refund(_dice.Any(_topups));
                break;
            case 12:
                Change(project, c => CreditStore.Freeze(c, project, FreezeCauses.Operator), Seen0);
                break;
            case 13:
                ExpireDue(_dice.Any(_nodes));
                break;
            case 14:
                Revoke((int)_dice.UpTo(_payers.Count - 1));
                break;
        }

        // Nobody stays frozen for long.
        if (_dice.OneIn(3))
        {
            Change(project, c => CreditStore.Unfreeze(c, project), static _ => { });
        }
    }

    private void Seen0(bool changed)
    {
        if (changed)
        {
            See(Sometimes.Frozen);
        }
    }

    private void TopUp(string project)
    {
        var id = Name("pi_");
        var gross = new NanoUsd(_dice.Wide(_knobs.CreditMax));
        var fee = new NanoUsd(_dice.UpTo(gross.Value / 10));
        var name = "topup:" + id;
        _topups.Add((id, project));
        Happen(
            name,
            project,
            c => CreditStore.Topup(c, project, gross, fee, id, Currency, _store.NowMs),
            isNew => Expect(isNew, !_model.Knows(name), name),
            () =>
                _model.Move(
                    name,
                    project,
                    gross.Value,
                    0,
                    ("stripe_cash", gross.Value - fee.Value),
                    ("stripe_fees", fee.Value)
                )
        );
    }

    private void GrantPromo(string project)
    {
        var id = Name("grant_");
        var amount = new NanoUsd(_dice.Wide(_knobs.CreditMax));
        long? expiresAt =
            _dice.OneIn(3) ? null
            : _dice.OneIn(2) ? _store.NowMs + _dice.Wide(120_000)
            : _store.NowMs + _dice.Between(300, 6_000);
        Happen(
            id,
            project,
            c => CreditStore.Grant(c, project, amount, id, expiresAt, Currency, _store.NowMs),
            isNew => Expect(isNew, !_model.Knows(id), id),
            () => _model.Move(id, project, 0, amount.Value, ("promo_expense", amount.Value))
        );
    }

    private void Dispute(string project)
    {
        var id = Name("dp_");
        var amount = new NanoUsd(_dice.Wide(_knobs.CreditMax));
        var fee = new NanoUsd(_dice.UpTo(5));
        var own = _topups.FindAll(one => one.Project == project);
        var topup = own.Count > 0 && !_dice.OneIn(4) ? _dice.Any(own).Id : null;
        Change(project, c => CreditStore.Freeze(c, project, FreezeCauses.Dispute), Seen0);
        RecallAll(
            _dice.Any(_nodes),
            project,
            () =>
                Happen(
                    id,
                    project,
                    c => Withdraw(c, project, id, topup, amount, fee),
                    static _ => { },
                    () =>
                        _model.Move(
                            id,
                            project,
                            -amount.Value + _takenBack[id],
                            0,
                            ("stripe_cash", -amount.Value - fee.Value),
                            ("dispute_loss", fee.Value),
                            ("reseller_debt", _takenBack[id])
                        )
                )
        );
        if (!_dice.OneIn(3))
        {
            After(_dice.Wide(20_000), () => Win(project, id, amount));
        }
    }

    private bool Withdraw(
        DbConnection connection,
        string project,
        string id,
        string? topup,
        NanoUsd amount,
        NanoUsd fee
    )
    {
        var effect = DisputeStore.Withdrawn(
            connection,
            project,
            id,
            topup is null || !BelongsTo(connection, topup, project) ? null : topup,
            amount,
            fee,
            Currency,
            _store.NowMs
        );
        Promised.Holds(effect.FromWallet + effect.Debt == amount, $"{id}: {effect}");
        if (effect.Debt > NanoUsd.Zero)
        {
            See(Sometimes.Debt);
        }

        var taken = effect.TakenBack.Sum(one => one.Amount.Value);
        Promised.Holds(taken <= effect.Debt.Value, $"{id} takes back {taken} of {effect}");
        if (taken > 0)
        {
            See(Sometimes.TakenBack);
        }

        _takenBack[id] = Math.Max(taken, _takenBack.GetValueOrDefault(id));
        return true;
    }

    private static bool BelongsTo(DbConnection connection, string topup, string project) =>
        connection.QueryOne(
            "SELECT project FROM lot WHERE id = @id",
            row => row.GetString(0),
            ("id", "topup:" + topup)
        ) == project;

    private void Win(string project, string dispute, NanoUsd amount)
    {
        var name = "won:" + dispute;
        Happen(
            name,
            project,
            c => DisputeStore.Won(c, project, dispute, _store.NowMs),
            isNew => Expect(isNew, _model.Knows(dispute) && !_model.Knows(name), name),
            () =>
                _model.Move(
                    name,
                    project,
                    amount.Value - _takenBack[dispute],
                    0,
                    ("stripe_cash", amount.Value),
                    ("reseller_debt", -_takenBack[dispute])
                )
        );
    }

    private void Refund((string Id, string Project) topup)
    {
        var id = Name("re_");
        RecallAll(
            _dice.Any(_nodes),
            topup.Project,
            () =>
            {
                // All that is left of it, as a rule.
                var rest = Lots.RestOf(_store.Connection, "topup:" + topup.Id) ?? NanoUsd.Zero;
                var amount = _dice.OneIn(3) ? new NanoUsd(_dice.Wide(_knobs.CreditMax)) : rest;
                if (amount > NanoUsd.Zero)
                {
                    Reserve(topup, id, amount);
                }
            }
        );
    }

    private void Reserve((string Id, string Project) topup, string id, NanoUsd amount)
    {
        Happen(
            id,
            topup.Project,
            c =>
                RefundStore.Reserve(c, topup.Project, topup.Id, amount, id, _store.NowMs)
                == RefundReservation.Reserved,
            isReserved => Promised.Holds(isReserved || !_model.Knows(id), id),
            () =>
            {
                See(Sometimes.Refund);
                return _model.Move(
                    id,
                    topup.Project,
                    -amount.Value,
                    0,
                    ("refund_in_progress", -amount.Value)
                );
            }
        );
        After(
            _dice.Wide(20_000),
            () => EndRefund(topup.Project, id, amount, isDone: _dice.OneIn(2))
        );
        After(
            _dice.Wide(20_000),
            () => EndRefund(topup.Project, id, amount, isDone: _dice.OneIn(2))
        );
    }

    private void EndRefund(string project, string refund, NanoUsd amount, bool isDone)
    {
        var name = "end:" + refund;
        Happen(
            name,
            project,
            c =>
                isDone
                    ? RefundStore.Done(c, refund, _store.NowMs)
                    : RefundStore.Failed(c, refund, _store.NowMs),
            isNew => Expect(isNew, _model.Knows(refund) && !_model.Knows(name), name),
            () =>
                _model.Move(
                    name,
                    project,
                    isDone ? 0 : amount.Value,
                    0,
                    ("refund_in_progress", amount.Value),
                    ("stripe_cash", isDone ? -amount.Value : 0)
                )
        );
    }

    // Everything of it that runs is cut and settled; its project has another key from now on.
    private void Revoke(int index)
    {
        var key = _payers[index].Key;
        _payers[index] = NewPayer(_payers[index].Project);
        foreach (
            var request in _nodes
                .SelectMany(node => node.Running)
                .Where(request => request.Request.Payer.Key == key)
        )
        {
            OnNode(
                request.Node,
                Delay(),
                () =>
                {
                    if (request.State == HoldState.Held)
                    {
                        End(request);
                    }
                }
            );
        }
    }

    private static void Expect(bool found, bool expected, string what) =>
        Promised.Holds(found == expected, $"{what} took effect: {found}, expected {expected}");

    private void Happen(
        string id,
        string project,
        Func<DbConnection, bool> work,
        Action<bool> expect,
        Func<bool> tellModel
    )
    {
        void Deliver() =>
            Change(
                project,
                work,
                isNew =>
                {
                    Note($"{id} {isNew}");
                    expect(isNew);
                    if (isNew)
                    {
                        tellModel();
                    }
                }
            );
        _outside.Add((id, Deliver));
        for (var times = _dice.Between(1, 3); times > 0; times--)
        {
            After(Delay(), Deliver);
        }
    }

    private void Change(string project, Func<DbConnection, bool> work, Action<bool> committed)
    {
        if (IsStoreDown || Loses())
        {
            After(1_000 + Delay(), () => Change(project, work, committed));
            return;
        }

        var isNew = _store.Write(c =>
        {
            var changed = work(c);
            if (changed)
            {
                _store.Record(c, LeaseStore.WalletChanged, project);
            }

            return changed;
        });
        Commits++;
        committed(isNew);
        AfterCommit();
        if (Loses())
        {
            // Whoever sent it was not told, and sends it again.
            After(Delay(), () => Change(project, work, committed));
        }
    }
}
