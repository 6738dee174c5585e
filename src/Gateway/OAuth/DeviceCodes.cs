using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.OAuth;

/// <summary>Device codes (RFC 8628): a device shows a code, its person types it here.</summary>
public sealed class DeviceCodes
{
    /// <summary>Who asks. Null for every code that is not waiting (unknown, expired, used,
    /// denied), after the same work. Each wrong one counts against account and address; when there
    /// were too many the answer is <see cref="Denial.RateLimited"/>.</summary>
    public Task<Outcome<DeviceLookup>> FindAsync(
        string userCode,
        Session session,
        string address,
        CancellationToken ct
    ) => throw new InvalidOperationException();

    /// <summary>The form token must have been checked.</summary>
    public Task<DeviceDecisionResult> DecideAsync(
        string userCode,
        Session session,
        string address,
        ConsentDecision decision,
        CancellationToken ct
    ) => throw new InvalidOperationException();
}

/// <summary>A lookup that was allowed; <see cref="Request"/> is null when the code is not valid.</summary>
public sealed record DeviceLookup(DeviceRequestView? Request);
