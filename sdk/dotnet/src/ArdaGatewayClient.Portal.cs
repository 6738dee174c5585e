using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Arda.Gateway.Sdk;

public sealed partial class ArdaGatewayClient
{
    private const string PortalPath = "/v1/gateway/portal-sessions";

    // How soon a lost watch is taken up again.
    private static readonly TimeSpan s_watchAgain = TimeSpan.FromSeconds(1);

    // How long one connection is listened to; a proxy that gathers events is found out by asking.
    private static readonly TimeSpan s_listenMax = TimeSpan.FromSeconds(30);

    /// <summary>Makes a link to the billing portal. Needs the scope
    /// <c>billing:portal</c>.</summary>
    /// <param name="options">What for, and where it leads back to; adding money when
    /// absent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GatewayApiException">Such as <c>invalid_request</c> with
    /// <see cref="GatewayApiException.Param"/> <c>return_url</c>, which says which addresses are
    /// allowed.</exception>
    public Task<GatewayPortalSession> CreatePortalSessionAsync(
        GatewayPortalOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            options ?? new GatewayPortalOptions(),
            GatewayJson.Default.GatewayPortalOptions
        );
        return ReadAsync(
            new(HttpMethod.Post, PortalPath) { Json = body },
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

    /// <summary>What became of a portal session, for a day after it was made. Needs the scope
    /// <c>billing:portal</c>.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GatewayPortalState> GetPortalSessionAsync(
        string id,
        CancellationToken cancellationToken = default
    ) =>
        ReadAsync(
            new(HttpMethod.Get, PortalPathOf(id)),
            GatewayJson.Default.GatewayPortalState,
            "a portal session",
            cancellationToken
        );

    /// <summary>Tells each step of the user as it happens, the present one first, and ends with the
    /// last. A lost connection is taken up again. Needs the scope <c>billing:portal</c>.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async IAsyncEnumerable<GatewayPortalState> WatchPortalSessionAsync(
        string id,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        string? told = null;
        while (true)
        {
            // Asks first and then listens: where the events do not get through, as behind a proxy
            // that gathers them, asking again and again does.
            using var limit = new CancellationTokenSource(s_listenMax, _transport.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(
                cancellationToken,
                limit.Token
            );
            var states = StatesAsync(id, either.Token).GetAsyncEnumerator(either.Token);
            await using var owned = states.ConfigureAwait(false);
            while (await NextAsync(states, cancellationToken).ConfigureAwait(false) is { } state)
            {
                if (state.Status != told)
                {
                    told = state.Status;
                    yield return state;
                }

                if (state.IsFinal)
                {
                    yield break;
                }
            }

            await Task.Delay(s_watchAgain, _transport.Time, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the user has done what the portal was opened for, or has left it. Needs
    /// the scope <c>billing:portal</c>.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The last state; <see cref="GatewayPortalState.ShouldRetry"/> tells whether to send
    /// the refused request again.</returns>
    public async Task<GatewayPortalState> WaitForPortalSessionAsync(
        string id,
        CancellationToken cancellationToken = default
    )
    {
        GatewayPortalState? last = null;
        await foreach (
            var state in WatchPortalSessionAsync(id, cancellationToken).ConfigureAwait(false)
        )
        {
            last = state;
        }

        return last!;
    }

    /// <summary>
    /// Runs a request of any client, and when it is refused for what only the user can end, opens
    /// the portal, waits, and runs it again. The client must throw what
    /// <see cref="GatewayRecovery.OfError"/> understands.
    /// </summary>
    /// <param name="request">Sends the request; called once for each attempt.</param>
    /// <param name="options">How to show the portal, and how long to wait.</param>
    /// <param name="idempotencyKey">Your own key of all attempts; a random one when absent.</param>
    /// <param name="cancellationToken">Ends request and wait.</param>
    /// <exception cref="GatewayUserWaitException">It waited in vain. Every other exception comes as
    /// it was thrown.</exception>
    public async Task<T> ResumeWhenFundedAsync<T>(
        Func<GatewayAttempt, Task<T>> request,
        GatewayUserWaitOptions options,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        var key = idempotencyKey ?? ProofKey.RandomText();
        using var patient = new PatientRequest(this, retriesMax: 0, options, _transport.Time);
        return await patient
            .RunAsync(stop => request(new GatewayAttempt(key, stop)), cancellationToken)
            .ConfigureAwait(false);
    }

    private static string PortalPathOf(string id) =>
        $"{PortalPath}/{Uri.EscapeDataString(GatewayArgumentException.Required(id, nameof(id)))}";

    /// <summary>The state now, and then the news of one connection.</summary>
    private async IAsyncEnumerable<GatewayPortalState> StatesAsync(
        string id,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        yield return await GetPortalSessionAsync(id, ct).ConfigureAwait(false);
        var call = new GatewayCall(HttpMethod.Get, PortalPathOf(id) + "/events")
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
                JsonSerializer.Deserialize(bytes, GatewayJson.Default.GatewayPortalState)
        );
        await foreach (var sent in events.EnumerateAsync(ct).ConfigureAwait(false))
        {
            if (sent.Data is { } state)
            {
                yield return state;
            }
        }
    }

    /// <summary>Null when this connection is over and another is to be made.</summary>
    private static async ValueTask<GatewayPortalState?> NextAsync(
        IAsyncEnumerator<GatewayPortalState> states,
        CancellationToken ct
    )
    {
        try
        {
            return await states.MoveNextAsync().ConfigureAwait(false) ? states.Current : null;
        }
        catch (GatewayException failed)
            when (failed is GatewayConnectionException || failed.Status is 429 or >= 500)
        {
            return null;
        }
        catch (Exception failed)
            when (failed is JsonException || GatewayTransport.IsLostConnection(failed, ct))
        {
            return null;
        }
    }
}
