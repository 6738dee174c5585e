namespace Arda.Gateway.Providers.Simulated;

/// <summary>SplitMix64: the same request gets the same answer, on every machine.</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to <paramref name="below"/>, which is left out.</summary>
    public int Below(int below) => below <= 1 ? 0 : (int)(Next() % (ulong)below);

    /// <summary>From 0 to 1, which is left out.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    public string Letters(int count)
    {
        const string alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        return string.Create(
            count,
            this,
            static (text, self) =>
            {
                foreach (ref var c in text)
                {
                    c = alphabet[self.Below(alphabet.Length)];
                }
            }
        );
    }
}
