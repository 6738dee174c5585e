using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Payments;

/// <summary>Writes to the owner of a project whose balance has become low, once for each fall.
/// Whoever has auto-reload on hears of the reload instead.</summary>
internal sealed class LowBalanceMails(Database database, LowBalances balances, PaymentMails mails)
{
    public async Task TellAsync(CancellationToken ct)
    {
        await balances.NoteAsync();
        foreach (var project in await balances.FallenAsync(ct))
        {
            await database.WriteAsync(connection =>
            {
                var wallet = WalletReading.Of(connection, project.Value);
                if (
                    LowBalances.Take(connection, project) is not { } since
                    || wallet is not { Frozen: false }
                    || AutoReloads.Find(connection, project) is { Enabled: true }
                )
                {
                    return false;
                }

                mails.Write(
                    connection,
                    new PaymentMail(
                        $"low:{project}:{since}",
                        project,
                        PaymentMailKinds.LowBalance,
                        wallet.Balance.CentsFloor,
                        null
                    )
                );
                return true;
            });
        }
    }
}
