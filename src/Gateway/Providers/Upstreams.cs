using System.Globalization;
using System.Net.Http.Headers;
using Arda.Gateway.Catalog;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Providers;

/// <summary>
/// The door of this room: sends a call to its provider and says what came of it. It never throws
/// for what a provider does; only the caller's own cancellation does.
/// </summary>
public sealed class Upstreams
{
    private const int ErrorBytesMax = 64 << 10;
    private const int StatusNotReached = 502;
    private const int StatusTimeout = 504;
    private const int StatusTooMany = 429;

    private readonly ProviderConnections _connections;
    private readonly HealthBoard _board;
    private readonly ProvidersOptions _options;
    private readonly TimeProvider _time;
    private readonly UpstreamAlarms _alarms;

    internal Upstreams(
        ProviderConnections connections,
        HealthBoard board,
        ProvidersOptions options,
        TimeProvider time,
        UpstreamAlarms alarms
    ) =>
        (_connections, _board, _options, _time, _alarms) = (
            connections,
            board,
            options,
            time,
            alarms
        );

    /// <summary>Its breaker is closed, or it is due for a try.</summary>
    public bool IsReady(Offer offer) => _board.IsReady(offer.ProviderId, offer.UpstreamId);

    /// <summary>There is a key, or none is needed, or the simulated provider stands in.</summary>
    public bool IsConfigured(Offer offer) => _connections.Of(offer.ProviderId).IsConfigured;

    /// <summary>Whether the answers come from the simulated provider.</summary>
    public bool IsSimulated(Offer offer) => _connections.Of(offer.ProviderId).IsSimulated;

    /// <summary>Whether it bills a stream in full that we cut.</summary>
    public bool BillsOnDisconnect(string providerId) =>
        _connections.Of(providerId).BillsOnDisconnect;

    /// <summary>How every model does that was asked since the start.</summary>
    public IReadOnlyList<HealthReading> ReadHealth() => _board.Read();

    public async ValueTask<UpstreamResponse> SendAsync(UpstreamCall call, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var health = _board.Of(call.ProviderId, call.UpstreamModel);
        if (health.MustWait is { } wait)
        {
            return StillResting(wait);
        }

        health.Begin();
        var startedAt = _time.GetTimestamp();
        var deadline = new UpstreamDeadline(FirstByteMaxOf(call), _time, ct);
        HttpResponseMessage? answer = null;
        try
        {
            answer = await _connections
                .Of(call.ProviderId)
                .SendAsync(call, deadline.Token)
                .ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
            {
                var body = await answer.Content.ReadAsStreamAsync(deadline.Token);
                deadline.Change(_options.SilenceMax);
                health.Answered(_time.GetElapsedTime(startedAt));
                return new UpstreamResponse(health)
                {
                    Status = (int)answer.StatusCode,
                    Body = new UpstreamBody(body, deadline, answer),
                    ProviderRequestId = RequestIdOf(answer.Headers),
                };
            }

            var refused = await RefusalAsync(call, answer, deadline.Token);
            health.Failed(refused.Fault, refused.Status, refused.Error, refused.RetryAfter);
            End(deadline, answer);
            return refused;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            health.Abandoned();
            End(deadline, answer);
            throw;
        }
        catch (Exception fault) when (IsOfTheNetwork(fault))
        {
            var late = deadline.HasPassed || IsConnectTimeout(fault);
            End(deadline, answer);
            return NotReached(call, health, late, fault);
        }
        catch
        {
            End(deadline, answer);
            throw;
        }
    }

    private static bool IsOfTheNetwork(Exception fault) =>
        fault
            is HttpRequestException
                or IOException
                or OperationCanceledException
                or System.Net.Sockets.SocketException
                or System.Security.Authentication.AuthenticationException;

    private static bool IsConnectTimeout(Exception fault) =>
        fault is OperationCanceledException { InnerException: TimeoutException };

    private static void End(UpstreamDeadline deadline, HttpResponseMessage? answer)
    {
        answer?.Dispose();
        deadline.Dispose();
    }

    private TimeSpan FirstByteMaxOf(UpstreamCall call) =>
        call.Stream || call.Operation != UpstreamOperation.Generate
            ? _options.FirstByteMax
            : _options.WholeAnswerMax;

    private UpstreamResponse NotReached(
        UpstreamCall call,
        ProviderHealth health,
        bool late,
        Exception why
    )
    {
        var error = new UpstreamError
        {
            Message = late
                ? "The model's provider did not answer in time."
                : "The model's provider could not be reached.",
            Code = late ? "upstream_timeout" : "upstream_unreachable",
            Kind = UpstreamErrorKind.Server,
        };
        var (status, fault) = late
            ? (StatusTimeout, UpstreamFault.Timeout)
            : (StatusNotReached, UpstreamFault.Connection);
        if (!late)
        {
            _alarms.NotReached(call.ProviderId, why);
        }

        health.Failed(fault, status, error, null);
        return new UpstreamResponse(null)
        {
            Status = status,
            Fault = fault,
            Error = error,
        };
    }

    // The provider named a time; asking before it would only prolong it.
    private static UpstreamResponse StillResting(TimeSpan wait) =>
        new(null)
        {
            Status = StatusTooMany,
            Fault = UpstreamFault.RateLimited,
            RetryAfter = wait,
            Error = new UpstreamError
            {
                Message = "The model's provider asked for a pause that is not over.",
                Code = "upstream_resting",
                Kind = UpstreamErrorKind.RateLimited,
                RetryAfter = wait,
            },
        };

    private async ValueTask<UpstreamResponse> RefusalAsync(
        UpstreamCall call,
        HttpResponseMessage answer,
        CancellationToken ct
    )
    {
        var status = (int)answer.StatusCode;
        var requestId = RequestIdOf(answer.Headers);
        var error =
            status < 400
                ? Redirected
                : UpstreamErrors.Read(status, await ReadErrorAsync(answer, ct));
        var wait = RetryAfterOf(answer.Headers) ?? error.RetryAfter;
        error = error with { RetryAfter = wait };
        var fault = UpstreamFaults.Of(error);
        if (fault.AlarmsOperator())
        {
            error = new UpstreamError
            {
                Message = "The model's provider is not available at the moment.",
                Code = "upstream_unavailable",
                Kind = error.Kind,
            };
            wait = null;
        }

        return new UpstreamResponse(null)
        {
            Status = status,
            Fault = fault,
            Error = error,
            RetryAfter =
                wait > _options.Breaker.RetryAfterMax ? _options.Breaker.RetryAfterMax : wait,
            ProviderRequestId = requestId,
        };
    }

    private static readonly UpstreamError Redirected = new()
    {
        Message = "The model's provider points to another address, where we do not follow.",
        Code = "upstream_redirect",
        Kind = UpstreamErrorKind.Server,
    };

    private static async ValueTask<ReadOnlyMemory<byte>> ReadErrorAsync(
        HttpResponseMessage answer,
        CancellationToken ct
    )
    {
        var bytes = new byte[4 << 10];
        var length = 0;
        await using var body = await answer.Content.ReadAsStreamAsync(ct);
        while (length < ErrorBytesMax)
        {
            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, bytes.Length * 2);
            }

            var read = await body.ReadAsync(bytes.AsMemory(length), ct);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return bytes.AsMemory(0, length);
    }

    private TimeSpan? RetryAfterOf(HttpResponseHeaders headers)
    {
        if (
            First(headers, "retry-after-ms") is { } text
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms)
            && ms > 0
        )
        {
            return TimeSpan.FromMilliseconds(Math.Min(ms, 86_400_000));
        }

        return headers.RetryAfter switch
        {
            { Delta: { } delta } when delta > TimeSpan.Zero => delta,
            { Date: { } date } when date > _time.GetUtcNow() => date - _time.GetUtcNow(),
            _ => null,
        };
    }

    private static string? RequestIdOf(HttpResponseHeaders headers) =>
        First(headers, "x-request-id")
        ?? First(headers, "request-id")
        ?? First(headers, "apim-request-id");

    private static string? First(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.Count > 0
            ? values.ToString()
            : null;
}
