using Arda.Gateway.Kernel;

namespace Arda.Gateway.Pages.Parts;

/// <summary>One bar of a chart over days.</summary>
public sealed record Bar(string Label, NanoUsd Amount, long Requests);
