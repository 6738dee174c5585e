using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Fuzz;

/// <summary>What a running gateway logs as an error. Alarms about a provider that lies are its duty;
/// anything else is a fault of ours.</summary>
internal sealed class HeardErrors : ILoggerProvider
{
    private const int KeptMax = 50;

    private static readonly string[] s_duties =
    [
        "Arda.Gateway.Providers.UpstreamAlarms",
        "Arda.Gateway.Ledger.LedgerAlarms",
    ];

    private readonly ConcurrentQueue<string> _heard = new();

    public IReadOnlyCollection<string> Heard => _heard;

    public ILogger CreateLogger(string categoryName) => new Listener(this, categoryName);

    public void Dispose() { }

    private sealed class Listener(HeardErrors all, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var isDuty = exception is null && s_duties.Contains(category);
            if (IsEnabled(logLevel) && !isDuty && all._heard.Count < KeptMax)
            {
                all._heard.Enqueue($"{category}: {formatter(state, exception)}\n{exception}");
            }
        }
    }
}
