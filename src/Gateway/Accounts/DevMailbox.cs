using System.Collections.Concurrent;

namespace Arda.Gateway.Accounts;

/// <summary>A mail that was not sent anywhere, with its time.</summary>
public sealed record DevMail(
    int Number,
    DateTimeOffset At,
    string To,
    string Subject,
    string Text,
    string Html
);

/// <summary>
/// Where mails go on a machine of one's own: to the terminal, and to a page. It exists only while
/// neither SMTP nor a public address is configured; mails hold sign-in codes.
/// </summary>
public sealed class DevMailbox(TimeProvider time, TextWriter terminal) : IMailRoute
{
    private const int KeptMax = 200;

    private readonly ConcurrentQueue<DevMail> _mails = new();
    private int _count;

    /// <summary>The latest first.</summary>
    public IReadOnlyList<DevMail> Mails => [.. _mails.Reverse()];

    public async Task SendAsync(Mail mail, CancellationToken ct)
    {
        var kept = new DevMail(
            Interlocked.Increment(ref _count),
            time.GetUtcNow(),
            mail.To,
            mail.Subject,
            mail.Text,
            mail.Html
        );
        _mails.Enqueue(kept);
        while (_mails.Count > KeptMax)
        {
            _mails.TryDequeue(out _);
        }

        // Past the log on purpose: its redaction would take out the very code that is awaited.
        await terminal.WriteLineAsync(
            $"""

            Mail to {mail.To}: {mail.Subject}

              {mail.Text.ReplaceLineEndings(Environment.NewLine + "  ")}

            """.AsMemory(),
            ct
        );
    }
}
