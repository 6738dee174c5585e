namespace Arda.Gateway.Wire;

/// <summary>
/// What a translated request leaves out by documented rule. Each name once, in the order found; it
/// becomes <c>x-arda-dropped-params</c>, so that no change is silent.
/// </summary>
internal sealed class DroppedParameters(IReadOnlyList<string> unknown)
{
    /// <summary>More are not told: each is compared with those before it, and a request may have
    /// hundreds of thousands of parts.</summary>
    public const int NamesMax = 256;

    private readonly List<string> _names = [.. unknown];

    public IReadOnlyList<string> Names => _names;

    public void Add(string name)
    {
        if (_names.Count < NamesMax && !_names.Contains(name))
        {
            _names.Add(name);
        }
    }
}
