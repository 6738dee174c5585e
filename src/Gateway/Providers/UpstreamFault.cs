using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers;

/// <summary>What went wrong at a provider, by what can be done about it.</summary>
public enum UpstreamFault
{
    None,

    /// <summary>The request is wrong; every offer would say the same, so the caller hears
    /// it.</summary>
    BadRequest,

    /// <summary>The prompt is too long for this offer; another one may have a larger
    /// window.</summary>
    ContextLength,

    /// <summary>The provider does not know the model under the name that the catalog
    /// gives.</summary>
    ModelNotFound,

    /// <summary>The operator's credential is refused. The caller never hears of it.</summary>
    OperatorKey,

    /// <summary>The operator's account is dry. The caller never hears of it.</summary>
    OperatorBilling,

    RateLimited,
    Overloaded,
    Server,

    /// <summary>No first byte, or a silence in the middle, for longer than we wait.</summary>
    Timeout,

    /// <summary>Not reached, cut off, or refused by our own rules about addresses.</summary>
    Connection,
}

public static class UpstreamFaults
{
    /// <summary>Whether another offer may do better than this one did.</summary>
    public static bool MayFallBack(this UpstreamFault fault) => fault != UpstreamFault.BadRequest;

    /// <summary>Whether it is the operator who has to act.</summary>
    public static bool AlarmsOperator(this UpstreamFault fault) =>
        fault is UpstreamFault.OperatorKey or UpstreamFault.OperatorBilling;

    /// <summary>The fault that an error of a provider stands for.</summary>
    public static UpstreamFault Of(UpstreamError error) =>
        error.Kind switch
        {
            UpstreamErrorKind.BadRequest => UpstreamFault.BadRequest,
            UpstreamErrorKind.ContextLength => UpstreamFault.ContextLength,
            UpstreamErrorKind.ModelNotFound => UpstreamFault.ModelNotFound,
            UpstreamErrorKind.OperatorKey => UpstreamFault.OperatorKey,
            UpstreamErrorKind.OperatorBilling => UpstreamFault.OperatorBilling,
            UpstreamErrorKind.RateLimited => UpstreamFault.RateLimited,
            UpstreamErrorKind.Overloaded => UpstreamFault.Overloaded,
            _ => UpstreamFault.Server,
        };
}
