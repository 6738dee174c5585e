using System.Collections.Concurrent;

namespace Arda.Gateway.Accounts;

/// <summary>
/// Sends mails. They are never stored, because some hold codes in clear: what cannot be handed over
/// is tried again from memory a few times and then given up, and the reader asks once more.
/// </summary>
public sealed partial class Mailer : IAsyncDisposable
{
    private const int TriesMax = 4;
    private static readonly TimeSpan s_retryFirst = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_farewellMax = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Task, bool> _underWay = new();
    private readonly IMailRoute _route;
    private readonly TimeProvider _time;
    private readonly ILogger<Mailer> _log;

    internal Mailer(IMailRoute route, TimeProvider time, ILogger<Mailer> log) =>
        (_route, _time, _log) = (route, time, log);

    /// <summary>Whether mails have anywhere to go.</summary>
    public bool CanSend => _route is not NoMail;

    /// <summary>Hands the mail over in the background, so that an answer tells nothing by its time
    /// of whether a mail was sent.</summary>
    public void Post(Mail mail)
    {
        var sending = Task.Run(() => SendAsync(mail, TriesMax));
        _underWay[sending] = true;
        _ = sending.ContinueWith(done => _underWay.TryRemove(done, out _), TaskScheduler.Default);
    }

    /// <summary>Waits until the mail is handed over: for a warning without which nothing may happen.
    /// False when that failed.</summary>
    public Task<bool> DeliverAsync(Mail mail) => SendAsync(mail, triesMax: 2);

    /// <summary>At the end of the process: what is on its way gets a moment to arrive.</summary>
    public async ValueTask DisposeAsync()
    {
        var rest = Task.WhenAll(_underWay.Keys);
        await Task.WhenAny(rest, Task.Delay(s_farewellMax, _time));
    }

    private async Task<bool> SendAsync(Mail mail, int triesMax)
    {
        var delay = s_retryFirst;
        for (var tries = 1; ; tries++)
        {
            try
            {
                await _route.SendAsync(mail, CancellationToken.None);
                return true;
            }
#pragma warning disable CA1031 // A mail server can fail in any way; the gateway goes on.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                if (tries == triesMax || !CanSend)
                {
                    LogLost(_log, mail.Subject, failure.Message);
                    return false;
                }
            }

            await Task.Delay(delay, _time);
            delay *= 5;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A mail '{Subject}' was not sent: {Failure}")]
    private static partial void LogLost(ILogger log, string subject, string failure);
}
