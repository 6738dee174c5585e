using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger.Core;
using Arda.Gateway.Ledger.Store;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Ledger;

/// <summary>The dialogues with the store, one at a time for each project: leases and recalls.</summary>
internal sealed partial class SpendLedger
{
    private static readonly TimeSpan s_recallPoll = TimeSpan.FromMilliseconds(10);

    // Fewer than the store has writers, so that a rush for leases never delays a settlement.
    private readonly SemaphoreSlim _dialogues = new(8);

    private void Pump(ProjectDesk desk)
    {
        lock (desk)
        {
            if (!desk.IsPumped && desk.Book.HasWork)
            {
                desk.IsPumped = true;
                desk.Pump = Task.Run(() => PumpAsync(desk));
            }
        }
    }

    private async Task PumpAsync(ProjectDesk desk)
    {
        while (true)
        {
            BookCommand? command;
            lock (desk)
            {
                command = desk.Book.Next(Moment.Of(_time), static () => Ids.Make("lse_"));
                if (command is null)
                {
                    desk.IsPumped = false;
                    return;
                }
            }

            foreach (var decision in await RunAsync(desk, command))
            {
                ((Hold)decision.Hold).Answer(decision.Denial);
            }
        }
    }

    private async Task<List<HoldDecision>> RunAsync(ProjectDesk desk, BookCommand command)
    {
        try
        {
            switch (command)
            {
                case AcquireCommand acquire:
                    return await AcquireAsync(desk, acquire);
                case ShrinkCommand shrink:
                    var shrunk = await AskAsync(connection =>
                        LeaseStore.Shrink(connection, shrink, _node, _database.Now(connection))
                    );
                    lock (desk)
                    {
                        desk.Book.Finish(shrink, shrunk);
                    }

                    return [];
                default:
                    await RecallOthersAsync(command.Project, desk);
                    lock (desk)
                    {
                        desk.Book.Finish((RecallCommand)command);
                    }

                    return [];
            }
        }
        catch (Exception fault) when (IsOutside(fault))
        {
            _learnsSince = _time.GetTimestamp();
            _alarms.Warn(LedgerAlarms.StoreDown, command.Project, fault.Message);
            lock (desk)
            {
                return desk.Book.Fail(command);
            }
        }
#pragma warning disable CA1031 // A broken promise in one project must not stop the node.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _alarms.Raise(LedgerAlarms.Broken, command.Project, fault.ToString());
            lock (desk)
            {
                return desk.Book.Fail(command);
            }
        }
    }

    private async Task<List<HoldDecision>> AcquireAsync(ProjectDesk desk, AcquireCommand command)
    {
        var reply = await AskAsync(connection =>
            LeaseStore.Acquire(
                connection,
                command,
                _node,
                _policy,
                _options.Currency,
                _database.Now(connection)
            )
        );
        if (reply.Status == AcquireStatus.Fenced)
        {
            StopSpending();
        }

        lock (desk)
        {
            return desk.Book.Finish(command, reply, Moment.Of(_time));
        }
    }

    private async Task GiveBackIfAskedAsync(ProjectDesk desk)
    {
        BookCommand? command;
        lock (desk)
        {
            command = desk.Book.NextShrink();
        }

        if (command is not null)
        {
            await RunAsync(desk, command);
        }
    }

    private async Task<T> AskAsync<T>(Func<DbConnection, T> work)
    {
        await _dialogues.WaitAsync();
        try
        {
            return await _database.WriteAsync(work);
        }
        finally
        {
            _dialogues.Release();
        }
    }

    private async Task GiveBackAsync(ProjectDesk desk)
    {
        lock (desk)
        {
            desk.Book.RequestShrink();
        }

        Pump(desk);
        await desk.Pump;
        // A pump that was about to end may not have seen the wish.
        Pump(desk);
        await desk.Pump;
    }

    private async Task RecallOthersAsync(string project, ProjectDesk? desk)
    {
        var mustWait = await _database.WriteAsync(connection =>
            LeaseStore.Recall(_database, connection, project, _options.Node)
        );
        if (!mustWait)
        {
            return;
        }

        _alarms.Count(LedgerAlarms.Recalled);
        var asked = _time.GetTimestamp();
        while (_time.GetElapsedTime(asked) < _options.RecallWait)
        {
            await Task.Delay(s_recallPoll, _time);
            if (desk is not null)
            {
                await GiveBackIfAskedAsync(desk);
            }

            await using var connection = await _database.OpenAsync(CancellationToken.None);
            if (LeaseStore.IsRecallDone(connection, project))
            {
                return;
            }
        }
    }

    private static bool IsOutside(Exception fault) =>
        fault is StoreUnavailableException or DbException or IOException or TimeoutException;
}
