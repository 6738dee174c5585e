using System.Diagnostics.CodeAnalysis;

namespace Arda.Gateway.Kernel;

/// <summary>A promise the code makes to itself. It stays on in Release: money depends on it.</summary>
public static class Invariant
{
    public static void Holds([DoesNotReturnIf(false)] bool condition, string promise)
    {
        if (!condition)
        {
            throw new InvariantBrokenException(promise);
        }
    }
}

public sealed class InvariantBrokenException(string promise)
    : InvalidOperationException("Broken promise: " + promise);
