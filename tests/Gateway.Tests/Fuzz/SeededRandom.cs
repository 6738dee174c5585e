namespace Arda.Gateway.Tests.Fuzz;

/// <summary>SplitMix64: the same numbers from the same seed on every machine, so that what a test
/// has found can be found again.</summary>
internal struct SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A stream of its own for each numbered case of a seed.</summary>
    public static SeededRandom For(ulong seed, long number)
    {
        var random = new SeededRandom(seed ^ unchecked((ulong)number * 0xD1B54A32D192ED03));
        random.Next();
        return random;
    }

    public ulong Next()
    {
        _state = unchecked(_state + 0x9E3779B97F4A7C15);
        var z = _state;
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to <paramref name="below"/> - 1; 0 where that is empty.</summary>
    public int Next(int below) => below <= 1 ? 0 : (int)(Next() % (ulong)below);

    public int Next(int from, int below) => from + Next(below - from);

    public bool OneIn(int times) => Next(times) == 0;

    public T Pick<T>(IReadOnlyList<T> from) => from[Next(from.Count)];

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)Next();
        }

        return bytes;
    }
}
