using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>Answers that are errors, in the words of the vendor that is played.</summary>
internal static class SimulatedFaults
{
    private const int RetryAfterDefaultSeconds = 2;

    private static readonly byte[] s_garbage =
        "<!DOCTYPE html>\n<html><body><h1>It works!</h1></body></html>\n"u8.ToArray();

    /// <summary>What goes wrong before an answer begins, or null.</summary>
    public static HttpResponseMessage? Before(
        Directives directives,
        WireFormat format,
        UpstreamCall call
    )
    {
        if (directives.Garbage)
        {
            var content = new ByteArrayContent(s_garbage);
            content.Headers.ContentType = new MediaTypeHeaderValue("text/html");
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
        }

        if (directives.KeyRefused)
        {
            return Error(format, call, 401, "Incorrect API key provided: sk-simu***********ated.");
        }

        if (directives.NoCredit)
        {
            return NoCredit(format, call);
        }

        if (directives.ContextLength)
        {
            return TooLong(format, call, 1_000_000, 131_072);
        }

        return directives.Status is { } status
            ? OfStatus(status, directives.RetryAfterSeconds, format, call)
            : null;
    }

    public static HttpResponseMessage Refused(
        Denial denial,
        WireFormat format,
        UpstreamCall call
    ) =>
        denial switch
        {
            Denial.InvalidRequest wrong => Error(format, call, 400, wrong.Message, wrong.Param),
            Denial.UnsupportedParameter cannot => Error(
                format,
                call,
                400,
                cannot.Message,
                cannot.Param
            ),
            _ => Error(format, call, 400, "The request cannot be read."),
        };

    public static HttpResponseMessage TooLong(
        WireFormat format,
        UpstreamCall call,
        long tokens,
        long window
    )
    {
        var message = format switch
        {
            WireFormat.AnthropicMessages =>
                $"prompt is too long: {tokens} tokens > {window} maximum",
            WireFormat.GeminiGenerate => $"The input token count ({tokens}) exceeds the maximum "
                + $"number of tokens allowed ({window}).",
            _ => $"This model's maximum context length is {window} tokens. However, your messages "
                + $"resulted in {tokens} tokens.",
        };
        return Answer(
            format,
            new VendorErrorJson.VendorError(400, message)
            {
                Code = "context_length_exceeded",
                RequestId = call.RequestId,
            }
        );
    }

    public static HttpResponseMessage Error(
        WireFormat format,
        UpstreamCall call,
        int status,
        string message,
        string? param = null
    ) =>
        Answer(
            format,
            new VendorErrorJson.VendorError(status, message)
            {
                Param = param,
                RequestId = call.RequestId,
            }
        );

    public static HttpResponseMessage Error(WireFormat format, string requestId, int status) =>
        Answer(
            format,
            new VendorErrorJson.VendorError(status, MessageOf(status)) { RequestId = requestId }
        );

    /// <summary>A whole answer that arrives in part: cut off, never ended, or followed by
    /// garbage.</summary>
    public static HttpResponseMessage Broken(Directives directives, ReadOnlyMemory<byte> body)
    {
        var content = new SimulatedContent();
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Writer.Write(body.Span[..(body.Length / 2)]);
        if (directives.GarbageAfter is not null)
        {
            content.Writer.Write(s_garbage);
            content.Writer.Complete();
        }
        else if (directives.CutAfter is not null)
        {
            content.Writer.Complete(new IOException("The simulated provider cut the connection."));
        }
        else
        {
            // Half of it arrives and then nothing more: the writer is left open.
            _ = content.Writer.FlushAsync(content.Left).AsTask();
        }

        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    private static HttpResponseMessage OfStatus(
        int status,
        int? retryAfterSeconds,
        WireFormat format,
        UpstreamCall call
    )
    {
        var seconds = retryAfterSeconds ?? (status is 429 ? RetryAfterDefaultSeconds : (int?)null);
        var response = Answer(
            format,
            new VendorErrorJson.VendorError(status, MessageOf(status))
            {
                RequestId = call.RequestId,
                RetryAfter = seconds is { } wait ? TimeSpan.FromSeconds(wait) : null,
            }
        );
        if (seconds is { } after)
        {
            response.Headers.RetryAfter = new RetryConditionHeaderValue(
                TimeSpan.FromSeconds(after)
            );
        }

        if (status == 429)
        {
            var prefix =
                format == WireFormat.AnthropicMessages ? "anthropic-ratelimit-requests-" : null;
            response.Headers.TryAddWithoutValidation(
                prefix is null ? "x-ratelimit-limit-requests" : prefix + "limit",
                "60"
            );
            response.Headers.TryAddWithoutValidation(
                prefix is null ? "x-ratelimit-remaining-requests" : prefix + "remaining",
                "0"
            );
        }

        return response;
    }

    private static HttpResponseMessage NoCredit(WireFormat format, UpstreamCall call) =>
        format switch
        {
            WireFormat.AnthropicMessages => Error(
                format,
                call,
                400,
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
                    + "Billing to upgrade or purchase credits."
            ),
            WireFormat.GeminiGenerate => Error(format, call, 402, MessageOf(402)),
            _ => Answer(
                format,
                new VendorErrorJson.VendorError(
                    429,
                    "You exceeded your current quota, please check your plan and billing details."
                )
                {
                    Code = "insufficient_quota",
                    Type = "insufficient_quota",
                    RequestId = call.RequestId,
                }
            ),
        };

    private static HttpResponseMessage Answer(WireFormat format, VendorErrorJson.VendorError error)
    {
        var body = new ArrayBufferWriter<byte>(256);
        VendorErrorJson.WriteBody(format, error, body);
        return SimulatedProvider.Json((HttpStatusCode)error.Status, body.WrittenMemory);
    }

    private static string MessageOf(int status) =>
        status switch
        {
            400 => "The request is not valid.",
            401 => "Incorrect API key provided: sk-simu***********ated.",
            402 => "Payment required: this account has no credit.",
            403 => "This account may not use the model.",
            404 => "The model does not exist.",
            408 => "The request took too long to arrive.",
            413 => "The request is larger than the maximum allowed number of bytes.",
            429 => "Rate limit reached: requests per minute.",
            503 => "The server is overloaded; please try again later.",
            529 => "Overloaded",
            >= 500 => "The server had an error while processing your request.",
            _ => "The request was refused.",
        };
}
