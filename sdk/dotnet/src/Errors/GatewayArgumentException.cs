namespace Arda.Gateway.Sdk;

/// <summary>The call cannot work as it was made: something is missing or not understood.</summary>
public sealed class GatewayArgumentException : GatewayException
{
    internal GatewayArgumentException(string code, string message, Exception? inner = null)
        : base(code, message, inner) { }

    internal static string Required(string? value, string name) =>
        string.IsNullOrEmpty(value)
            ? throw new GatewayArgumentException("missing_argument", $"{name} is missing.")
            : value;
}
