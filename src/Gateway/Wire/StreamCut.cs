namespace Arda.Gateway.Wire;

/// <summary>How a reader says that its stream ended before its end.</summary>
internal static class StreamCut
{
    public static readonly UpstreamError Error = new()
    {
        Message = "The model's provider closed the stream before the answer was complete.",
        Code = "stream_cut",
        Kind = UpstreamErrorKind.Server,
    };
}
