namespace Arda.Gateway.Wire.OpenAi;

/// <summary>Follows JSON text piece by piece and knows when its one object has closed.</summary>
internal struct JsonBalance
{
    private int _depth;
    private bool _begun;
    private bool _inString;
    private bool _escaped;

    public readonly bool IsClosed => _begun && _depth == 0;

    public void Follow(string piece)
    {
        foreach (var c in piece)
        {
            if (_inString)
            {
                _inString = _escaped || c != '"';
                _escaped = !_escaped && c == '\\';
            }
            else if (c is '{' or '[')
            {
                _begun = true;
                _depth++;
            }
            else if (c is '}' or ']')
            {
                _depth--;
            }
            else
            {
                _inString = c == '"';
            }
        }
    }
}
