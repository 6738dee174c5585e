using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Arda.Gateway.Tests.Simulation;

/// <summary>A check that writes its sentence only when it fails: it is asked millions of times.</summary>
internal static class Promised
{
    public static void Holds(
        [DoesNotReturnIf(false)] bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] PromiseText promise
    )
    {
        if (!holds)
        {
            throw new SimulationFailure(promise.Text);
        }
    }

    public static void Holds([DoesNotReturnIf(false)] bool holds, string promise)
    {
        if (!holds)
        {
            throw new SimulationFailure(promise);
        }
    }
}

[InterpolatedStringHandler]
internal ref struct PromiseText
{
    private DefaultInterpolatedStringHandler _text;

    public PromiseText(int literalLength, int formattedCount, bool holds, out bool isWanted)
    {
        isWanted = !holds;
        _text = isWanted ? new(literalLength, formattedCount) : default;
    }

    public string Text => _text.ToStringAndClear();

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
}

/// <summary>A promise of the books was broken.</summary>
internal sealed class SimulationFailure(string message) : Exception(message);
