using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire.Responses;

/// <summary>
/// The parameters of Responses that lean on state kept at the provider. There is none: conversations
/// of all users would lie in the operator's one account, readable by whoever knows an id.
/// </summary>
public static class ResponsesState
{
    private const string NoReferences =
        "Nothing is stored here, so an item cannot be referred to by its id: send it whole, as "
        + "clients do when they are told 'store': false.";

    private static ReadOnlySpan<byte> ItemReference => "item_reference"u8;

    private static readonly (string Name, string Instead)[] Refused =
    [
        ("previous_response_id", "send the earlier turns in 'input'"),
        ("conversation", "send the earlier turns in 'input'"),
        ("prompt", "send 'instructions' and 'input' themselves"),
    ];

    /// <summary>The refusal of a scanned request, for routes that pass bytes through; null if it
    /// may go on.</summary>
    public static Denial? Refuse(RequestScan scan, ReadOnlySpan<byte> body)
    {
        foreach (var (name, instead) in Refused)
        {
            if (
                ValueOf(scan, body, name) is { IsEmpty: false } value
                && !value.SequenceEqual("null"u8)
            )
            {
                return Denial(name, instead);
            }
        }
        if (RefersToAnItem(ValueOf(scan, body, "input")))
        {
            return new Denial.UnsupportedParameter("input", NoReferences);
        }
        return ValueOf(scan, body, "background").SequenceEqual("true"u8) ? Background() : null;
    }

    internal static void Check(RequestInput request)
    {
        foreach (var (name, instead) in Refused)
        {
            if (request.Has(name))
            {
                var denial = Denial(name, instead);
                request.Problems.Unsupported(denial.Param, denial.Message);
            }
        }
        if (request.Flag("background") == true)
        {
            request.Problems.Unsupported(Background().Param, Background().Message);
        }
    }

    internal static void RefuseReference(RequestInput item) =>
        item.Problems.Unsupported(item.PathOf("type"), NoReferences);

    // Only a body that holds the word is read a second time.
    private static bool RefersToAnItem(ReadOnlySpan<byte> input)
    {
        if (input.IndexOf(ItemReference) < 0)
        {
            return false;
        }
        var reader = new Utf8JsonReader(input);
        while (reader.Read())
        {
            if (
                reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 2 }
                && reader.ValueTextEquals("type"u8)
                && reader.Read()
                && reader.TokenType == JsonTokenType.String
                && reader.ValueTextEquals(ItemReference)
            )
            {
                return true;
            }
        }
        return false;
    }

    private static ReadOnlySpan<byte> ValueOf(
        RequestScan scan,
        ReadOnlySpan<byte> body,
        string name
    ) => scan.Find(name) is { } member ? body[member.ValueStart..member.ValueEnd] : default;

    private static Denial.UnsupportedParameter Denial(string name, string instead) =>
        new(name, $"Nothing is stored between requests, so '{name}' cannot be used: {instead}.");

    private static Denial.UnsupportedParameter Background() =>
        new(
            "background",
            "Nothing runs in the background here: leave 'background' out and stream."
        );
}
