namespace Arda.Gateway.Kernel;

// Every id is text, prefixed so that a person can tell what it names, and made from a version 7
// UUID so that ids sort by age in both databases.

/// <summary>A person with an account.</summary>
public readonly record struct UserId(string Value)
{
    public static UserId New() => new(Ids.Make("usr_"));

    public override string ToString() => Value;
}

public readonly record struct ProjectId(string Value)
{
    public static ProjectId New() => new(Ids.Make("prj_"));

    public override string ToString() => Value;
}

public readonly record struct KeyId(string Value)
{
    public static KeyId New() => new(Ids.Make("key_"));

    public override string ToString() => Value;
}

/// <summary>Names one inference request and its charge; clients see it as the generation id.</summary>
public readonly record struct GenerationId(string Value)
{
    public static GenerationId New() => new(Ids.Make("gen_"));

    public override string ToString() => Value;
}

public readonly record struct ConnectionId(string Value)
{
    public static ConnectionId New() => new(Ids.Make("con_"));

    public override string ToString() => Value;
}

public readonly record struct AppId(string Value)
{
    public static AppId New() => new(Ids.Make("gw_app_"));

    public override string ToString() => Value;
}

public readonly record struct ResellerId(string Value)
{
    public override string ToString() => Value;
}

public static class Ids
{
    public static string Make(string prefix) =>
        string.Concat(prefix, Guid.CreateVersion7().ToString("N"));
}
