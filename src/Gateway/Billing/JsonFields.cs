using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Billing;

/// <summary>
/// Reads an object whose members may all be absent or null. The first member of a wrong kind is
/// kept as the refusal; members that are not known are passed over, so that a newer client can talk
/// to an older gateway.
/// </summary>
internal sealed class JsonFields(JsonElement at, string path = "")
{
    /// <summary>Set once something read was of the wrong kind.</summary>
    public Denial? Wrong { get; private set; }

    public string? Text(string name, int charsMax) =>
        Member(name) is not { } value ? null
        : value.ValueKind != JsonValueKind.String ? Refuse<string>(name, "a string")
        : value.GetString() is { } text && text.Length <= charsMax ? text
        : Refuse<string>(name, $"a string of up to {charsMax} characters");

    public long? Whole(string name, long min, long max) =>
        Member(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
        && number >= min
        && number <= max
            ? number
        : RefuseValue<long>(name, $"a whole number from {min} to {max}");

    public bool? Flag(string name) =>
        Member(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : RefuseValue<bool>(name, "true or false");

    /// <summary>A text or a list of texts.</summary>
    public IReadOnlyList<string>? Texts(string name, int countMax)
    {
        if (Member(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return [value.GetString()!];
        }

        return
            value.ValueKind == JsonValueKind.Array
            && value.GetArrayLength() <= countMax
            && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(one => one.GetString()!)]
            : Refuse<IReadOnlyList<string>>(name, "a string or a list of strings");
    }

    /// <summary>An object inside; an empty one where there is none.</summary>
    public JsonFields Inner(string name)
    {
        if (Member(name) is { } value && value.ValueKind != JsonValueKind.Object)
        {
            Refuse<string>(name, "an object");
        }

        return new JsonFields(
            Member(name) is { ValueKind: JsonValueKind.Object } inner ? inner : default,
            Path(name) + "."
        );
    }

    private JsonElement? Member(string name) =>
        at.ValueKind == JsonValueKind.Object
        && at.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    private string Path(string name) => path + name;

    private T? Refuse<T>(string name, string expected)
        where T : class
    {
        Wrong ??= Wanted(name, expected);
        return null;
    }

    private T? RefuseValue<T>(string name, string expected)
        where T : struct
    {
        Wrong ??= Wanted(name, expected);
        return null;
    }

    private Denial.InvalidRequest Wanted(string name, string expected) =>
        new($"'{Path(name)}' is {expected}.", Path(name));
}
