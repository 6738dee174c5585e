using Arda.Gateway.Http;
using Arda.Gateway.Http.Telemetry;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Inference;

/// <summary>
/// One paid request while it runs: who pays, what was asked, which offers may answer and what is
/// held for it. Lives from admission to settlement; one task at a time touches it.
/// </summary>
internal sealed class Exchange
{
    public required HttpContext Http { get; init; }

    public required WireFormat Dialect { get; init; }

    public required Caller Caller { get; init; }

    public required RequestScan Scan { get; init; }

    /// <summary>The request as it came.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    public required RequestRoute Route { get; init; }

    public required HoldSize Size { get; init; }

    public required GenerationId Generation { get; init; }

    public required Hold Hold { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Built once, and only when a candidate needs another dialect.</summary>
    public Outcome<Conversation>? Conversation { get; set; }

    /// <summary>Keeps what is sent for a later retry with the same Idempotency-Key.</summary>
    public ReplayCapture? Replay { get; init; }

    /// <summary>The request's span and metrics; null while nobody listens.</summary>
    public GenAiOperation? Watch { get; init; }

    /// <summary>The hold was settled or released; there is no second end.</summary>
    public bool HasEnded { get; set; }

    public SettledCharge? Settled { get; set; }

    public IReadOnlyList<string> Dropped { get; set; } = [];

    /// <summary>Who is being asked now; what a keep-alive before the first token names.</summary>
    public Candidate? Trying { get; set; }

    /// <summary>Set once the headers have named a model: from then on only its own offers may take
    /// over (ruling 22).</summary>
    public string? CommittedModel { get; set; }

    public bool IsStream => Scan.Stream;

    public string RequestId => RequestFacts.Of(Http).RequestId;

    public AnswerFrame FrameFor(Candidate candidate, Cost? cost = null) =>
        new()
        {
            Generation = Generation,
            Model = Route.IsAuto ? candidate.Model.Id : Scan.Model,
            CreatedUnixSeconds = StartedAt.ToUnixTimeSeconds(),
            IncludeUsage = Scan.IncludeUsage,
            Cost = cost,
            Request =
                Conversation is { } known && !known.Denied(out _, out var conversation)
                    ? conversation
                    : null,
        };
}
