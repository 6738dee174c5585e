namespace Arda.Gateway.Tests.Payments;

/// <summary>This test shows what those cases of the list of payment failures ask for. Several tests
/// may share one case.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class PaymentCaseAttribute(params int[] numbers) : Attribute
{
    public IReadOnlyList<int> Numbers { get; } = numbers;
}
