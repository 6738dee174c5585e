using System.Buffers;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Planning;
using Arda.Gateway.Wire;
using Arda.Gateway.Wire.Chat;
using Arda.Gateway.Wire.Messages;

namespace Arda.Gateway.Inference;

/// <summary>
/// The request for an upstream of the client's own dialect: the client's bytes with a handful of
/// values changed. Where nothing changes the very same memory goes out.
/// </summary>
internal static class PassthroughBody
{
    public static ReadOnlyMemory<byte> Build(
        RequestScan scan,
        ReadOnlyMemory<byte> body,
        WireFormat dialect,
        Candidate candidate,
        long? cap
    )
    {
        var splice = new JsonSplice();
        var model = scan.Find("model")!.Value;
        if (scan.Model != candidate.Offer.UpstreamId)
        {
            var name = Encoding.UTF8.GetBytes(
                "\"" + JsonEncodedText.Encode(candidate.Offer.UpstreamId) + "\""
            );
            splice.Replace(model.ValueStart..model.ValueEnd, body.Length, name);
        }

        if (scan.Find("routing") is { } routing)
        {
            splice.RemoveMember(body.Span, routing.Start, routing.ValueEnd);
        }

        var brace = body.Span.IndexOf((byte)'{');
        if (dialect == WireFormat.OpenAiChat)
        {
            AskForUsage(splice, scan, body, brace, candidate);
            StoreNoCompletion(splice, scan, body);
        }

        if (dialect == WireFormat.OpenAiResponses)
        {
            StoreNothing(splice, scan, body, brace);
        }

        if (cap is { } tokens)
        {
            Cap(splice, scan, body, brace, dialect, candidate, tokens);
        }

        var changed = Apply(splice, body);
        // Other vendors' thoughts came sealed through this dialect's clients; Anthropic would refuse
        // them as signatures that are not its own.
        return dialect == WireFormat.AnthropicMessages
            ? ForeignThought.RemoveFrom(changed)
            : changed;
    }

    // Absent means true upstream: it would keep a user's words in the operator's account.
    private static void StoreNothing(
        JsonSplice splice,
        RequestScan scan,
        ReadOnlyMemory<byte> body,
        int brace
    )
    {
        if (scan.Find("store") is { } store)
        {
            splice.Replace(store.ValueStart..store.ValueEnd, body.Length, "false"u8.ToArray());
        }
        else
        {
            splice.AddMember(body.Span, brace, "store", "false"u8);
        }
    }

    /// <summary>Whether a client asks in so many words that its conversation be kept.</summary>
    public static bool AsksToStore(RequestScan scan, ReadOnlySpan<byte> body) =>
        scan.Find("store") is { } store && body[store.ValueStart] == (byte)'t';

    // Absent means false here. Metadata belongs to what is stored, and is refused without it.
    private static void StoreNoCompletion(
        JsonSplice splice,
        RequestScan scan,
        ReadOnlyMemory<byte> body
    )
    {
        if (!AsksToStore(scan, body.Span))
        {
            return;
        }

        StoreNothing(splice, scan, body, brace: 0);
        if (scan.Find("metadata") is { } metadata)
        {
            splice.Replace(metadata.ValueStart..metadata.ValueEnd, body.Length, "null"u8.ToArray());
        }
    }

    private static ReadOnlyMemory<byte> Apply(JsonSplice splice, ReadOnlyMemory<byte> body)
    {
        if (splice.IsEmpty)
        {
            return body;
        }

        var changed = new ArrayBufferWriter<byte>(body.Length + 128);
        splice.Apply(body.Span, changed);
        return changed.WrittenMemory;
    }

    // Without this chunk a cut of the price by cached tokens would be lost to the user.
    private static void AskForUsage(
        JsonSplice splice,
        RequestScan scan,
        ReadOnlyMemory<byte> body,
        int brace,
        Candidate candidate
    )
    {
        // Mistral sends usage unasked and refuses the field.
        if (!scan.Stream || scan.IncludeUsage || candidate.Offer.ProviderId == "mistral")
        {
            return;
        }

        if (scan.Find("stream_options") is not { } asked)
        {
            splice.AddMember(body.Span, brace, "stream_options", "{\"include_usage\":true}"u8);
            return;
        }

        if (scan.IncludeUsageAt is { } value)
        {
            splice.Replace(value, body.Length, "true"u8.ToArray());
        }
        else if (body.Span[asked.ValueStart] == (byte)'{')
        {
            splice.AddMember(body.Span, asked.ValueStart, "include_usage", "true"u8);
        }
        else
        {
            var options = "{\"include_usage\":true}"u8.ToArray();
            splice.Replace(asked.ValueStart..asked.ValueEnd, body.Length, options);
        }
    }

    private static void Cap(
        JsonSplice splice,
        RequestScan scan,
        ReadOnlyMemory<byte> body,
        int brace,
        WireFormat dialect,
        Candidate candidate,
        long tokens
    )
    {
        var name = dialect switch
        {
            WireFormat.OpenAiResponses => "max_output_tokens",
            WireFormat.AnthropicMessages => "max_tokens",
            _ => ChatHost.Of(candidate.Offer.ProviderId).MaxTokens,
        };
        var value = Encoding.UTF8.GetBytes(
            tokens.ToString(System.Globalization.CultureInfo.InvariantCulture)
        );
        // The client may have sent an explicit null.
        if (scan.Find(name) is { } member)
        {
            splice.Replace(member.ValueStart..member.ValueEnd, body.Length, value);
        }
        else
        {
            splice.AddMember(body.Span, brace, name, value);
        }
    }
}
