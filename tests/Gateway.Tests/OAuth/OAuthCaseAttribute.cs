namespace Arda.Gateway.Tests.OAuth;

/// <summary>This test shows what that case of the specification's list asks for. Several tests may
/// share one case.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OAuthCaseAttribute(params string[] ids) : Attribute
{
    public IReadOnlyList<string> Ids { get; } = ids;
}
