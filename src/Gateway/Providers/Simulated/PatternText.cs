using System.Globalization;
using System.Text;

namespace Arda.Gateway.Providers.Simulated;

/// <summary>
/// Writes a text that a regular expression of the plain sort matches: literals, classes, groups,
/// alternatives, counts. What it does not know (look-around, back references) it leaves out.
/// </summary>
internal sealed class PatternText
{
    private const int RepeatMax = 64;
    private const int DepthMax = 32;

    private readonly string _pattern;
    private readonly SeededRandom _random;
    private int _at;

    private PatternText(string pattern, SeededRandom random) =>
        (_pattern, _random) = (pattern, random);

    public static string Make(string pattern, SeededRandom random) =>
        new PatternText(pattern, random).Alternatives(0);

    private bool Ends => _at >= _pattern.Length;

    private string Alternatives(int depth)
    {
        var options = new List<string> { Sequence(depth) };
        while (!Ends && _pattern[_at] == '|')
        {
            _at++;
            options.Add(Sequence(depth));
        }

        return _random.Pick(options);
    }

    private string Sequence(int depth)
    {
        var text = new StringBuilder();
        while (!Ends && _pattern[_at] is not ('|' or ')'))
        {
            var start = _at;
            var one = Atom(depth);
            var (min, max) = Count();
            var after = _at;
            var times = min + _random.Below(Math.Min(max, min + 3) - min + 1);
            for (var i = 0; i < times; i++)
            {
                if (i > 0)
                {
                    // Again from the start, so that [a-z]{5} is not five times the same letter.
                    _at = start;
                    one = Atom(depth);
                }

                text.Append(one);
            }

            _at = after;
        }

        return text.ToString();
    }

    private string Atom(int depth)
    {
        var c = _pattern[_at++];
        switch (c)
        {
            case '^' or '$':
                return "";
            case '.':
                return _random.Letters(1);
            case '[':
                return Class();
            case '\\' when !Ends:
                return Escaped(_pattern[_at++]);
            case '(' when depth < DepthMax:
                if (_pattern.AsSpan(_at).StartsWith("?:"))
                {
                    _at += 2;
                }

                var inner = Alternatives(depth + 1);
                _at += Ends ? 0 : 1;
                return inner;
            default:
                return c.ToString();
        }
    }

    private string Escaped(char c) =>
        c switch
        {
            'd' => ((char)('0' + _random.Below(10))).ToString(),
            'w' => _random.Letters(1),
            's' => " ",
            'b' or 'B' or 'A' or 'z' or 'Z' => "",
            'n' => "\n",
            't' => "\t",
            'D' or 'S' => _random.Letters(1).ToLowerInvariant().Replace('2', 'a'),
            _ => c.ToString(),
        };

    private string Class()
    {
        var not = !Ends && _pattern[_at] == '^';
        _at += not ? 1 : 0;
        var members = new List<char>();
        while (!Ends && _pattern[_at] != ']')
        {
            var from = Member(members);
            if (
                _at + 1 < _pattern.Length
                && _pattern[_at] == '-'
                && _pattern[_at + 1] != ']'
                && from is { } low
            )
            {
                _at++;
                for (var c = low; c <= _pattern[_at] && members.Count < 512; c++)
                {
                    members.Add(c);
                }

                _at++;
            }
        }

        _at += Ends ? 0 : 1;
        var allowed = not
            ? Enumerable.Range('!', 94).Select(i => (char)i).Except(members).ToList()
            : members;
        return allowed.Count == 0 ? "" : _random.Pick(allowed).ToString();
    }

    private char? Member(List<char> members)
    {
        var c = _pattern[_at++];
        if (c != '\\' || Ends)
        {
            members.Add(c);
            return c;
        }

        c = _pattern[_at++];
        if (c is 'd' or 'w' or 's')
        {
            members.AddRange(
                c switch
                {
                    'd' => "0123456789",
                    's' => " ",
                    _ => "abcdefghijklmnopqrstuvwxyz0123456789_",
                }
            );
            return null;
        }

        members.Add(c);
        return c;
    }

    private (int Min, int Max) Count()
    {
        if (Ends)
        {
            return (1, 1);
        }

        (int Min, int Max) count = (1, 1);
        switch (_pattern[_at])
        {
            case '?':
                (count, _at) = ((0, 1), _at + 1);
                break;
            case '*':
                (count, _at) = ((0, 3), _at + 1);
                break;
            case '+':
                (count, _at) = ((1, 4), _at + 1);
                break;
            case '{' when _pattern.IndexOf('}', _at) is > 0 and var close:
                var parts = _pattern[(_at + 1)..close].Split(',');
                if (!int.TryParse(parts[0], CultureInfo.InvariantCulture, out var min))
                {
                    return (1, 1);
                }

                var open = parts.Length > 1 && parts[1].Length == 0;
                var max =
                    parts.Length == 1 ? min
                    : open ? min + 3
                    : int.TryParse(parts[1], CultureInfo.InvariantCulture, out var named) ? named
                    : min;
                min = Math.Min(min, RepeatMax);
                count = (min, Math.Clamp(max, min, RepeatMax));
                _at = close + 1;
                break;
        }

        _at += !Ends && _pattern[_at] == '?' ? 1 : 0; // A lazy count is a count.
        return count;
    }
}
