using System.Collections.Concurrent;
using System.Diagnostics;

namespace Arda.Gateway.Tests.Storage;

/// <summary>
/// What PostgreSQL was asked, in order, as its driver traces it. Two ways through the code that
/// must not be told apart by their time ask the same.
/// </summary>
internal static class StatementWatch
{
    public static async Task<IReadOnlyList<string>> OfAsync(Func<Task> act)
    {
        ConcurrentQueue<Activity> seen = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = seen.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        ActivityTraceId trace;
        using (var own = new Activity("watched").Start())
        {
            trace = own.TraceId;
            await act();
        }

        return
        [
            .. seen.Where(one => one.TraceId == trace)
                .OrderBy(one => one.StartTimeUtc)
                .Select(one =>
                    one.GetTagItem("db.query.text") as string
                    ?? one.GetTagItem("db.statement") as string
                    ?? one.DisplayName
                ),
        ];
    }
}
