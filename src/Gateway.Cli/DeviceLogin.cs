using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>What the gateway answers to the wish to sign in on another device.</summary>
internal sealed record DeviceRequest(
    string DeviceCode,
    string UserCode,
    string VerificationUri,
    string? VerificationUriComplete,
    TimeSpan ExpiresIn,
    TimeSpan Interval
);

/// <summary>Sign-in by device code (RFC 8628), as a public client.</summary>
internal sealed class DeviceLogin(GatewayHttp gateway, string clientId, TimeProvider time)
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    /// <summary>When the gateway names none (RFC 8628 §3.2).</summary>
    private const int IntervalDefaultSeconds = 5;

    /// <summary>What <c>slow_down</c> adds for good (RFC 8628 §3.5).</summary>
    private static readonly TimeSpan s_slowDown = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_intervalMax = TimeSpan.FromSeconds(60);

    public async Task<DeviceRequest> StartAsync(IReadOnlyList<string> scopes, CancellationToken ct)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["client_id"] = clientId,
        };
        if (scopes.Count > 0)
        {
            form["scope"] = string.Join(' ', scopes);
        }

        var answer = await gateway.PostFormAsync("oauth/device/code", form, ct);
        return new DeviceRequest(
            Promised(answer, "device_code"),
            Promised(answer, "user_code"),
            Promised(answer, "verification_uri"),
            answer.Text("verification_uri_complete"),
            TimeSpan.FromSeconds(Seconds(answer, "expires_in", 600)),
            TimeSpan.FromSeconds(Seconds(answer, "interval", IntervalDefaultSeconds))
        );
    }

    /// <summary>Asks until the user has decided, as often as the gateway allows.</summary>
    public async Task<Credential> WaitAsync(DeviceRequest device, Uri baseUrl, CancellationToken ct)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = GrantType,
            ["device_code"] = device.DeviceCode,
            ["client_id"] = clientId,
        };
        var start = time.GetTimestamp();
        var interval = device.Interval;
        var pause = interval;
        while (time.GetElapsedTime(start) + pause < device.ExpiresIn)
        {
            await Task.Delay(pause, time, ct);
            try
            {
                var token = await gateway.PostFormAsync("oauth/token", form, ct);
                return new Credential(baseUrl.AbsoluteUri, Promised(token, "access_token"))
                {
                    KeyId = token.Text("key_id"),
                    Project = token.Member("project")?.Text("slug"),
                };
            }
            catch (CliFailure notYet) when (notYet.Code is "authorization_pending" or "slow_down")
            {
                interval += notYet.Code is "slow_down" ? s_slowDown : TimeSpan.Zero;
                pause = interval;
            }
            catch (CliFailure lost) when (lost.ExitCode is ExitCode.TryLater)
            {
                // RFC 8628 §3.5 asks for back-off where the gateway cannot be reached.
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, s_intervalMax.Ticks));
            }
            catch (CliFailure said) when (said.Code is "access_denied")
            {
                throw new CliFailure(ExitCode.Refused, "The request was declined in the browser.")
                {
                    Code = said.Code,
                };
            }
            catch (CliFailure late) when (late.Code is "expired_token")
            {
                break;
            }
        }

        throw new CliFailure(
            ExitCode.TryLater,
            "Nobody approved the code in time.",
            "run arda login again"
        )
        {
            Code = "expired_token",
        };
    }

    private static string Promised(JsonElement answer, string name) =>
        answer.Text(name)
        ?? throw new CliFailure(
            ExitCode.Refused,
            $"The answer has no {name}, so this is probably no Arda Gateway.",
            "check --base-url"
        );

    private static double Seconds(JsonElement answer, string name, double otherwise) =>
        answer.Member(name) is { ValueKind: JsonValueKind.Number } number
            ? Math.Max(0, number.GetDouble())
            : otherwise;
}
