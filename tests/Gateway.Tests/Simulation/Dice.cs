namespace Arda.Gateway.Tests.Simulation;

/// <summary>A stream of numbers that its seed decides for ever, on every machine.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = unchecked((seed + 1) * 0x9E3779B97F4A7C15);

    public ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }

    /// <summary>0 to <paramref name="most"/>, both included.</summary>
    public long UpTo(long most) => (long)(Next() % ((ulong)most + 1));

    public long Between(long least, long most) => least + UpTo(most - least);

    public bool OneIn(long count) => UpTo(count - 1) == 0;

    public bool PerMille(int chance) => UpTo(999) < chance;

    public T Any<T>(IReadOnlyList<T> of) => of[(int)UpTo(of.Count - 1)];

    /// <summary>Small figures as often as large ones: 1 nano-dollar is a case of its own.</summary>
    public long Wide(long most)
    {
        var bits =
            1 + (int)UpTo(63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)most | 1));
        return Math.Min(most, 1 + UpTo((1L << bits) - 1));
    }
}
