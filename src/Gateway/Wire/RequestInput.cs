using System.Globalization;
using System.Text.Json;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Wire;

/// <summary>
/// What was wrong with a request. The first finding is kept and reading goes on with defaults, so
/// that readers need no exit after each member; who reads asks once, at the end.
/// </summary>
public sealed class RequestProblems
{
    public Denial? First { get; private set; }

    public void Invalid(string path, string message) =>
        First ??= new Denial.InvalidRequest(message, path);

    public void Unsupported(string path, string message) =>
        First ??= new Denial.UnsupportedParameter(path, message);

    /// <summary>Parses a body that has to be a JSON object; null when it is not.</summary>
    public RequestInput? Parse(ReadOnlySpan<byte> body)
    {
        JsonElement root;
        try
        {
            root = JsonElement.Parse(
                body,
                new JsonDocumentOptions { AllowDuplicateProperties = false }
            );
        }
        catch (Exception e) when (Garbage.Is(e))
        {
            var where = e is JsonException { LineNumber: { } line, BytePositionInLine: { } at }
                ? $" (line {line + 1}, byte {at + 1})"
                : "";
            First ??= new Denial.InvalidRequest("The body is not valid JSON" + where + ".");
            return null;
        }
        if (root.ValueKind != JsonValueKind.Object)
        {
            First ??= new Denial.InvalidRequest("The body must be a JSON object.");
            return null;
        }
        return new RequestInput(root, "", this);
    }
}

/// <summary>
/// An object of a client's request, read strictly: a member of the wrong kind is a finding with its
/// path (<c>messages[2].content</c>), null and absent are the same.
/// </summary>
public readonly struct RequestInput(JsonElement json, string path, RequestProblems problems)
{
    public JsonElement Json => json;

    public string Path => path;

    public RequestProblems Problems => problems;

    public string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public bool Has(string name) => Find(name) is not null;

    /// <summary>The member as it was sent; it stays valid after the request is read.</summary>
    public JsonElement? Raw(string name) => Find(name);

    public string? Text(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.String
            ? TextOf(value, name)
            : Wrong<string>(name, "a string");
    }

    public string RequiredText(string name)
    {
        if (Find(name) is null)
        {
            problems.Invalid(PathOf(name), $"'{PathOf(name)}' is required.");
        }
        return Text(name) ?? "";
    }

    public bool? Flag(string name) =>
        Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            _ => WrongValue<bool>(name, "true or false"),
        };

    public long? Whole(string name, long min, long max)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }
        return
            value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out var whole)
            && whole >= min
            && whole <= max
            ? whole
            : WrongValue<long>(name, $"a whole number from {min} to {max}");
    }

    public double? Number(string name, double min, double max)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }
        return
            value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var number)
            && number >= min
            && number <= max
            ? number
            : WrongValue<double>(
                name,
                string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}")
            );
    }

    public RequestInput? Object(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.Object
            ? new RequestInput(value, PathOf(name), problems)
            : WrongValue<RequestInput>(name, "an object");
    }

    /// <summary>The objects of an array; empty when it is absent.</summary>
    public IReadOnlyList<RequestInput> Objects(string name)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }
        if (value.ValueKind != JsonValueKind.Array)
        {
            return Wrong<IReadOnlyList<RequestInput>>(name, "an array") ?? [];
        }
        var items = new List<RequestInput>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            var at = $"{PathOf(name)}[{items.Count}]";
            if (item.ValueKind != JsonValueKind.Object)
            {
                problems.Invalid(at, $"'{at}' must be an object.");
                return [];
            }
            items.Add(new RequestInput(item, at, problems));
        }
        return items;
    }

    /// <summary>The strings of an array, or of one string alone; empty when absent.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }
        if (value.ValueKind == JsonValueKind.String)
        {
            return [TextOf(value, name)];
        }
        if (value.ValueKind != JsonValueKind.Array)
        {
            return Wrong<IReadOnlyList<string>>(name, "a string or an array of strings") ?? [];
        }
        var texts = new List<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                return Wrong<IReadOnlyList<string>>(name, "an array of strings") ?? [];
            }
            texts.Add(TextOf(item, name));
        }
        return texts;
    }

    /// <summary>Says that a member has a value it may not have.</summary>
    public void Reject(string name, string mustBe) => Wrong<string>(name, mustBe);

    /// <summary>Names of members that <paramref name="known"/> does not list.</summary>
    public IReadOnlyList<string> Unknown(IReadOnlySet<string> known)
    {
        List<string>? unknown = null;
        foreach (var member in json.EnumerateObject())
        {
            // A name that is not text cannot be listed in a header either.
            if (member.Value.ValueKind != JsonValueKind.Null && !known.Contains(NameOf(member)))
            {
                (unknown ??= []).Add(NameOf(member));
            }
        }
        return unknown ?? [];
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }

    private JsonElement? Find(string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    private string TextOf(JsonElement value, string name)
    {
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Wrong<string>(name, "valid Unicode text") ?? "";
        }
    }

    private T? Wrong<T>(string name, string mustBe)
        where T : class
    {
        problems.Invalid(PathOf(name), $"'{PathOf(name)}' must be {mustBe}.");
        return null;
    }

    private T? WrongValue<T>(string name, string mustBe)
        where T : struct
    {
        problems.Invalid(PathOf(name), $"'{PathOf(name)}' must be {mustBe}.");
        return null;
    }
}
