namespace Arda.Gateway.Tests.Wire.OpenAi;

/// <summary>Numbers that look random and are the same on every run (xorshift64*).</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public int Next(int max) => (int)(Roll() % (ulong)max);

    public void Fill(byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Next(256);
        }
    }

    private ulong Roll()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (_state * 2_685_821_657_736_338_717UL) >> 16;
    }
}
