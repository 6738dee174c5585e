using Arda.Gateway.Keys;
using Arda.Gateway.Providers;

namespace Arda.Gateway.Inference;

/// <summary>What an answer needs on its way; one for the whole node.</summary>
internal sealed record InferenceDesk(
    InferenceOptions Options,
    TimeProvider Time,
    Upstreams Upstreams,
    UpstreamAttempts Attempts,
    AnswerHeaders Headers,
    Replays Replays,
    LiveStreams Live,
    ApiKeys Keys
);
