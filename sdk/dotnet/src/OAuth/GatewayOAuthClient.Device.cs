namespace Arda.Gateway.Sdk;

public sealed partial class GatewayOAuthClient
{
    private const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

    // When the server names none (RFC 8628 §3.2).
    private static readonly TimeSpan s_intervalDefault = TimeSpan.FromSeconds(5);

    // What slow_down adds, for this and all later polls (RFC 8628 §3.5).
    private static readonly TimeSpan s_slowDown = TimeSpan.FromSeconds(5);

    // Where the backing-off after lost connections ends; nobody waits longer for a screen.
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Starts a sign-in on another device (RFC 8628 §3.1): show
    /// <see cref="GatewayDeviceAuthorization.UserCode"/> and
    /// <see cref="GatewayDeviceAuthorization.VerificationUri"/>, then wait. For CLIs, TVs and
    /// desktop apps without a browser of their own. Never ask people for a code that they did not
    /// just see on your screen (RFC 8628 §5.4).
    /// </summary>
    /// <param name="scopes">What to ask for; the app's registered scopes when absent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GatewayOAuthException">Such as <c>unauthorized_client</c> when the app's
    /// registration has device codes switched off.</exception>
    public async Task<GatewayDeviceAuthorization> StartDeviceAuthorizationAsync(
        IReadOnlyCollection<string>? scopes = null,
        CancellationToken cancellationToken = default
    )
    {
        var call = Authenticated("/oauth/device/code", [.. Scope(scopes)]);
        var answer = await _transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            throw OAuthErrors.Of(answer);
        }

        var device = answer.Read(GatewayJson.Default.DeviceCodeWire, "a device code");
        return new GatewayDeviceAuthorization
        {
            DeviceCode = device.DeviceCode,
            UserCode = device.UserCode,
            VerificationUri = device.VerificationUri,
            VerificationUriComplete = device.VerificationUriComplete,
            ExpiresIn = TimeSpan.FromSeconds(device.ExpiresIn),
            Interval = device.Interval is { } seconds
                ? TimeSpan.FromSeconds(seconds)
                : s_intervalDefault,
        };
    }

    /// <summary>
    /// Asks once whether the user has decided (RFC 8628 §3.4). <c>authorization_pending</c> and
    /// <c>slow_down</c> (RFC 8628 §3.5) are <see cref="GatewayDevicePoll.Pending"/>; wait as long
    /// as it says, and pass its interval on with the next poll. Stop at
    /// <see cref="GatewayDevicePoll.Connected"/>: a code that was used and comes again makes the
    /// gateway revoke the key.
    /// </summary>
    /// <param name="deviceCode">Of <see cref="StartDeviceAuthorizationAsync"/>.</param>
    /// <param name="interval">The interval that the last answer named; 5 seconds when
    /// absent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GatewayAccessDeniedException">The user said no.</exception>
    /// <exception cref="GatewayDeviceCodeExpiredException">Nobody decided in time.</exception>
    /// <exception cref="GatewayOAuthException">Anything else, such as
    /// <c>invalid_grant</c>.</exception>
    public async Task<GatewayDevicePoll> PollDeviceAuthorizationAsync(
        string deviceCode,
        TimeSpan? interval = null,
        CancellationToken cancellationToken = default
    )
    {
        var call = Authenticated(
            "/oauth/token",
            [
                new("grant_type", DeviceGrant),
                new("device_code", GatewayArgumentException.Required(deviceCode, "deviceCode")),
            ]
        );
        var answer = await _transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccess)
        {
            return new GatewayDevicePoll.Connected(ConnectionOf(answer, nonce: null));
        }

        var wait = interval ?? s_intervalDefault;
        var refused = OAuthErrors.Of(answer);
        return refused.Code switch
        {
            "authorization_pending" => new GatewayDevicePoll.Pending(wait),
            "slow_down" => new GatewayDevicePoll.Pending(wait + s_slowDown),
            _ => throw refused,
        };
    }

    /// <summary>
    /// Polls until the user has decided, politely (RFC 8628 §3.5): waits before each poll, slows
    /// down for good when told to, backs off when the connection fails, and heeds
    /// <c>Retry-After</c>.
    /// </summary>
    /// <param name="device">Of <see cref="StartDeviceAuthorizationAsync"/>.</param>
    /// <param name="cancellationToken">Ends the wait, as when the user gives up.</param>
    /// <exception cref="GatewayAccessDeniedException">The user said no.</exception>
    /// <exception cref="GatewayDeviceCodeExpiredException">Nobody decided in time.</exception>
    public async Task<GatewayConnection> WaitForDeviceAuthorizationAsync(
        GatewayDeviceAuthorization device,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(device);
        var time = _options.TimeProvider;
        var begun = time.GetTimestamp();
        var interval = device.Interval;
        var pause = interval;
        while (true)
        {
            var left = device.ExpiresIn - time.GetElapsedTime(begun);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(pause < left ? pause : left, time, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (time.GetElapsedTime(begun) >= device.ExpiresIn)
            {
                throw OAuthErrors.Of(
                    "expired_token",
                    new() { Description = "Nobody approved the code in time; start again." }
                );
            }

            try
            {
                var poll = await PollDeviceAuthorizationAsync(
                        device.DeviceCode,
                        interval,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                if (poll is GatewayDevicePoll.Connected connected)
                {
                    return connected.Connection;
                }

                pause = interval = ((GatewayDevicePoll.Pending)poll).Interval;
            }
            catch (GatewayException failed) when (PauseAfter(failed, pause) is { } longer)
            {
                pause = longer;
            }
        }
    }

    /// <summary>How long to wait after a poll that failed for the moment; null when it failed for
    /// good.</summary>
    private static TimeSpan? PauseAfter(GatewayException failed, TimeSpan pause)
    {
        if (failed is GatewayConnectionException)
        {
            var doubled = pause * 2;
            return doubled <= s_pauseMax ? doubled
                : pause > s_pauseMax ? pause
                : s_pauseMax;
        }

        if (failed.Status is not (429 or >= 500))
        {
            return null;
        }

        var wished = (failed as GatewayOAuthException)?.RetryAfter ?? TimeSpan.Zero;
        return wished > pause ? wished : pause;
    }
}
