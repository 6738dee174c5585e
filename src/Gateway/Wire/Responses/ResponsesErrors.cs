using System.Text.Json;

namespace Arda.Gateway.Wire.Responses;

/// <summary>The errors inside a stream: <c>error</c> (flat or nested) and
/// <c>response.failed</c>, whose error stands inside the response.</summary>
internal static class ResponsesErrors
{
    public static readonly UpstreamError Cut = new()
    {
        Message = "The model's provider closed the stream before the answer was complete.",
        Code = "stream_cut",
        Kind = UpstreamErrorKind.Server,
    };

    public static UpstreamError Read(ReadOnlyMemory<byte> data)
    {
        using var document = AnswerInput.ParseObject(data);
        return Read(document.RootElement);
    }

    // "type":"error" names the event, not the error: it would classify nothing, but be shown.
    public static UpstreamError Read(JsonElement from)
    {
        var error = UpstreamErrors.Read(0, from.Object("response"u8) ?? from);
        return error with { Code = error.Code == "error" ? null : error.Code };
    }
}
