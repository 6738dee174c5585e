namespace Arda.Gateway.Load;

/// <summary>What the person who started the run can put right.</summary>
internal sealed class BenchException(string message) : Exception(message);
