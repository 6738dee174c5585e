using System.Diagnostics.CodeAnalysis;

namespace Arda.Gateway.Kernel;

/// <summary>A value or the reason why there is none. A refusal is a value, never an exception.</summary>
public readonly struct Outcome<T>
    where T : notnull
{
    private readonly T? _value;
    private readonly Denial? _denial;

    private Outcome(T? value, Denial? denial) => (_value, _denial) = (value, denial);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Denial denial) => new(default, denial);

    /// <summary>True when denied; exactly one of the two out values is set.</summary>
    public bool Denied([NotNullWhen(true)] out Denial? denial, [NotNullWhen(false)] out T? value)
    {
        (denial, value) = (_denial, _value);
        return denial is not null;
    }
}

public static class Outcome
{
    /// <summary>For interface types, which have no implicit conversion.</summary>
    public static Outcome<T> Of<T>(T value)
        where T : notnull => value;
}
