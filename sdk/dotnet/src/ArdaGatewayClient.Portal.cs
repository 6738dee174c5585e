using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Arda.Gateway.Sdk;

public sealed partial class ArdaGatewayClient
{
    private const string PortalPath = "/v1/gateway/portal-sessions";

    // How soon a lost watch is taken up again.
    private static readonly TimeSpan s_watchAgainAfter = TimeSpan.FromSeconds(2);

    /// <summary>Makes a link to the billing portal. Needs the scope <c>billing:portal</c>.</summary>
    /// <param name="options">What for, and where it leads back to.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GatewayApiException">Such as <c>invalid_request</c> with
    /// <see cref="GatewayApiException.Param"/> <c>return_url</c>, which says which addresses are
    /// allowed.</exception>
    public Task<GatewayPortalSession> CreatePortalSessionAsync(
        GatewayPortalOptions options,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        var call = new GatewayCall(HttpMethod.Post, PortalPath)
        {
            Json = JsonSerializer.SerializeToUtf8Bytes(
                options,
                GatewayJson.Default.GatewayPortalOptions
            ),
        };
        return ReadAsync(
            call,
            GatewayJson.Default.GatewayPortalSession,
            "a portal session",
            cancellationToken
        );
    }

    /// <summary>Makes the link that an instruction asks for.</summary>
    /// <param name="recovery">Of <see cref="GatewayRecovery"/> or of the bootstrap.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is nothing to open.</returns>
    public async Task<GatewayPortalSession?> CreatePortalSessionForRecoveryAsync(
        RecoveryInstruction recovery,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(recovery);
        return recovery is RecoveryInstruction.OpenPortal open
            ? await CreatePortalSessionAsync(open.PortalOptions, cancellationToken)
                .ConfigureAwait(false)
            : null;
    }

    /// <summary>How far the user has come. Needs the scope <c>billing:portal</c>.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GatewayPortalProgress> GetPortalSessionAsync(
        string id,
        CancellationToken cancellationToken = default
    ) =>
        ReadAsync(
            new(HttpMethod.Get, PortalPathOf(id)),
            GatewayJson.Default.GatewayPortalProgress,
            "a portal session",
            cancellationToken
        );

    /// <summary>Tells each step of the user as it happens, the present one first, and ends with the
    /// last. A lost connection is taken up again. Needs the scope <c>billing:portal</c>.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async IAsyncEnumerable<GatewayPortalProgress> WatchPortalSessionAsync(
        string id,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var path = PortalPathOf(id);
        string? told = null;
        while (true)
        {
            var steps = StepsAsync(path, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using var owned = steps.ConfigureAwait(false);
            while (await NextStepAsync(steps, cancellationToken).ConfigureAwait(false) is { } step)
            {
                if (step.Status != told)
                {
                    told = step.Status;
                    yield return step;
                }

                if (step.IsFinal)
                {
                    yield break;
                }
            }

            await Task.Delay(s_watchAgainAfter, _transport.Time, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the user has come to an end.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The last step; <see cref="GatewayPortalProgress.IsResolved"/> tells whether to send
    /// the refused request again.</returns>
    public async Task<GatewayPortalProgress> WaitForPortalSessionAsync(
        string id,
        CancellationToken cancellationToken = default
    )
    {
        GatewayPortalProgress? last = null;
        await foreach (
            var step in WatchPortalSessionAsync(id, cancellationToken).ConfigureAwait(false)
        )
        {
            last = step;
        }

        return last!;
    }

    /// <summary>
    /// Runs a request that may wait for its user: on a refusal that the user can end, the portal is
    /// shown, and the same request runs again once they did; what passes by itself is waited for. The
    /// request may be made by any client, as long as it throws what
    /// <see cref="GatewayRecovery.OfError"/> understands. Give it an idempotency key of its own, so
    /// that a lost answer is not paid twice.
    /// </summary>
    /// <param name="request">Sends the request; called once for each attempt.</param>
    /// <param name="pause">How to show the portal, and how long to wait.</param>
    /// <param name="cancellationToken">Ends request and wait.</param>
    /// <exception cref="GatewayPauseException">The wait came to nothing.</exception>
    public Task<T> RunWithRecoveryAsync<T>(
        Func<CancellationToken, Task<T>> request,
        GatewayPauseOptions pause,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(pause);
        return new PausedRequest(this, pause, _transport.Time).RunAsync(request, cancellationToken);
    }

    private static string PortalPathOf(string id) =>
        $"{PortalPath}/{Uri.EscapeDataString(GatewayArgumentException.Required(id, nameof(id)))}";

    /// <summary>The steps of one connection.</summary>
    private async IAsyncEnumerable<GatewayPortalProgress> StepsAsync(
        string path,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var call = new GatewayCall(HttpMethod.Get, path + "/events")
        {
            Authorization = _authorization,
            Accept = "text/event-stream",
        };
        using var response = await _transport.OpenAsync(call, ct).ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            var answer = await _transport.ReadAsync(response, ct).ConfigureAwait(false);
            throw answer.IsSuccess
                ? answer.Unreadable("a portal session's news")
                : ErrorBodies.ExceptionOf(answer);
        }

        var body = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        await using var owned = body.ConfigureAwait(false);
        var events = SseParser.Create(
            body,
            static (_, bytes) =>
                JsonSerializer.Deserialize(bytes, GatewayJson.Default.GatewayPortalProgress)
        );
        await foreach (var sent in events.EnumerateAsync(ct).ConfigureAwait(false))
        {
            if (sent.Data is { } step)
            {
                yield return step;
            }
        }
    }

    /// <summary>Null when the connection has ended and is to be made again.</summary>
    private static async ValueTask<GatewayPortalProgress?> NextStepAsync(
        IAsyncEnumerator<GatewayPortalProgress> steps,
        CancellationToken ct
    )
    {
        try
        {
            return await steps.MoveNextAsync().ConfigureAwait(false) ? steps.Current : null;
        }
        catch (GatewayException failed)
            when (failed is GatewayConnectionException || failed.Status is 429 or >= 500)
        {
            return null;
        }
        catch (Exception failed) when (GatewayTransport.IsLostConnection(failed, ct))
        {
            return null;
        }
    }
}
