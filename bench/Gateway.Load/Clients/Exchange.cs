using System.Diagnostics;
using System.Net.Sockets;
using Arda.Gateway.Load.Mock;

namespace Arda.Gateway.Load.Clients;

/// <summary>What one request came to; times in nanoseconds from when it was due.</summary>
internal struct Sample
{
    public long Total;
    public long First;
    public bool Ok;
}

/// <summary>
/// Sends a request and reads its answer to the end. An answer counts only if it is a whole one: the
/// right status, and for a stream every event up to the dialect's terminator.
/// </summary>
internal sealed class Exchange(LoadRequest request) : IDisposable
{
    private readonly WireConnection _connection = new(request.Address);
    private readonly byte[] _bytes = request.ToBytes();
    private bool _sawError;

    /// <summary>Time between events that arrived apart.</summary>
    public List<long> Gaps { get; } = [];

    /// <summary>Raised once an event is there; the stream goes on.</summary>
    public Action? Begun { get; set; }

    public Sample Run(long dueAt)
    {
        var sample = default(Sample);
        try
        {
            _connection.Send(_bytes);
            var status = _connection.ReadHead();
            var isWhole = request.IsStream
                ? ReadStream(dueAt, ref sample)
                : ReadAnswer(dueAt, ref sample);
            sample.Ok = status == 200 && isWhole;
        }
        catch (Exception broken) when (broken is SocketException or IOException)
        {
            ExplainOnce(broken.Message);
            _connection.Dispose();
        }

        sample.Total = Now() - dueAt;
        return sample;
    }

    public static long Now() => Stopwatch.GetTimestamp();

    public void Dispose() => _connection.Dispose();

    private bool ReadAnswer(long dueAt, ref Sample sample)
    {
        var length = 0;
        while (_connection.TryReadPiece(out var piece))
        {
            if (length == 0)
            {
                sample.First = Now() - dueAt;
            }

            length += piece.Length;
        }

        return length > 1000;
    }

    private bool ReadStream(long dueAt, ref Sample sample)
    {
        var events = new EventCount();
        long last = 0;
        while (_connection.TryReadPiece(out var piece))
        {
            var before = events.Count;
            events.Add(piece);
            if (events.Count == before)
            {
                continue;
            }

            var now = Now();
            if (before == 0)
            {
                sample.First = now - dueAt;
                Begun?.Invoke();
            }
            else
            {
                Gaps.Add(now - last);
            }

            last = now;
        }

        return events.Count >= MockAnswers.Events && events.EndsProperly;
    }

    private void ExplainOnce(string what)
    {
        if (!_sawError)
        {
            _sawError = true;
            Console.Error.WriteLine($"  {request.Url}: {what}");
        }
    }
}
