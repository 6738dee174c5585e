using System.Globalization;
using System.Text;

namespace Arda.Gateway.Payments.Stripe;

/// <summary>A request's fields in the form that the API takes: nested keys as
/// <c>a[b][0][c]</c>.</summary>
internal sealed class StripeForm
{
    private readonly StringBuilder _text = new();

    /// <summary>A null value leaves the field out.</summary>
    public StripeForm Add(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append(_text.Length == 0 ? "" : "&");
            _text.Append(Uri.EscapeDataString(name)).Append('=');
            _text.Append(Uri.EscapeDataString(value));
        }

        return this;
    }

    public StripeForm Add(string name, long value) =>
        Add(name, value.ToString(CultureInfo.InvariantCulture));

    public StripeForm Add(string name, bool value) => Add(name, value ? "true" : "false");

    public StripeForm Expand(params ReadOnlySpan<string> paths)
    {
        for (var i = 0; i < paths.Length; i++)
        {
            Add($"expand[{i}]", paths[i]);
        }

        return this;
    }

    public override string ToString() => _text.ToString();
}
