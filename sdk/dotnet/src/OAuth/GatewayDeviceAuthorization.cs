namespace Arda.Gateway.Sdk;

/// <summary>Device and user code (RFC 8628 §3.2).</summary>
public sealed record GatewayDeviceAuthorization
{
    /// <summary>The secret half, for polling; never show it.</summary>
    public required string DeviceCode { get; init; }

    /// <summary>What the user types at <see cref="VerificationUri"/>.</summary>
    public required string UserCode { get; init; }

    /// <summary>The page that asks for the code.</summary>
    public required Uri VerificationUri { get; init; }

    /// <summary>The same page with the code filled in, for a QR code. Opening it approves
    /// nothing.</summary>
    public Uri? VerificationUriComplete { get; init; }

    /// <summary>How long both codes last.</summary>
    public required TimeSpan ExpiresIn { get; init; }

    /// <summary>How long to wait between polls.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Without the device code, so that no log has it.</summary>
    public override string ToString() => $"{nameof(GatewayDeviceAuthorization)} {UserCode}";
}

/// <summary>What one poll can answer; refusals throw.</summary>
public abstract record GatewayDevicePoll
{
    private GatewayDevicePoll() { }

    /// <summary>The user has not decided yet; ask again after
    /// <paramref name="Interval"/>.</summary>
    /// <param name="Interval">How long to wait before the next poll.</param>
    public sealed record Pending(TimeSpan Interval) : GatewayDevicePoll;

    /// <summary>The user said yes.</summary>
    /// <param name="Connection">What the app has now.</param>
    public sealed record Connected(GatewayConnection Connection) : GatewayDevicePoll;
}
