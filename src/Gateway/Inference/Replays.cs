using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Inference;

/// <summary>An answer that is being made for an Idempotency-Key, copied as it is sent.</summary>
internal sealed class ReplayCapture
{
    public required KeyId Key { get; init; }

    public required string IdempotencyKey { get; init; }

    public ArrayBufferWriter<byte> Bytes { get; } = new(4096);
}

/// <summary>What is known of an Idempotency-Key.</summary>
internal abstract record ReplayState
{
    private ReplayState() { }

    /// <summary>Unheard of: the request runs, and its answer is kept.</summary>
    public sealed record Fresh(ReplayCapture Capture) : ReplayState;

    /// <summary>Answered before: the same answer again, at no charge.</summary>
    public sealed record Kept(IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
        : ReplayState;
}

/// <summary>
/// Idempotency-Key on inference (ledger.md §6, cases 38 and 39): one charge however often the same
/// request is sent, streams included. Without the header nothing here runs. A key is scoped to the
/// API key that sends it and remembered for <see cref="InferenceOptions.ReplayAge"/>.
/// </summary>
internal sealed class Replays(
    Database database,
    SpendLedger ledger,
    InferenceOptions options,
    TimeProvider time
) : IHostedService
{
    private const int KeyCharsMax = 255;

    private static readonly string[] s_keptHeaders =
    [
        "Content-Type",
        HeaderNames.GenerationId,
        HeaderNames.SelectedModel,
        HeaderNames.RoutingClass,
        HeaderNames.MaxTokensApplied,
        HeaderNames.DroppedParams,
    ];

    private sealed record Row(
        string RequestHash,
        string State,
        string Generation,
        string? Headers,
        string? Body,
        long StartedAt
    );

    /// <summary>After the ledger has opened and before the first request: what a former process of
    /// this node left running is decided now, not when it has grown old.</summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(connection =>
        {
            EndDead(connection, "node = @node", ("node", ledger.Node.Node));
            return true;
        });

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask<Outcome<ReplayState>> BeginAsync(
        KeyId key,
        string idempotencyKey,
        PathString path,
        ReadOnlyMemory<byte> body,
        GenerationId generation
    )
    {
        if (idempotencyKey.Length is 0 or > KeyCharsMax)
        {
            return new Denial.InvalidRequest(
                $"'Idempotency-Key' must have 1 to {KeyCharsMax} characters.",
                "Idempotency-Key"
            );
        }

        var hash = HashOf(path, body);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var known = await database.WriteAsync(connection =>
        {
            Forget(connection, now);
            var isFresh =
                connection.Execute(
                    """
                    INSERT INTO replay(api_key, idempotency_key, request_hash, state, generation,
                        started_at, node)
                    VALUES(@key, @idem, @hash, 'running', @generation, @now, @node)
                    ON CONFLICT(api_key, idempotency_key) DO NOTHING
                    """,
                    ("key", key.Value),
                    ("idem", idempotencyKey),
                    ("hash", hash),
                    ("generation", generation.Value),
                    ("now", now),
                    ("node", ledger.Node.Node)
                ) == 1;
            return (IsFresh: isFresh, Row: isFresh ? null : Find(connection, key, idempotencyKey));
        });
        if (known.IsFresh)
        {
            return new ReplayState.Fresh(
                new ReplayCapture { Key = key, IdempotencyKey = idempotencyKey }
            );
        }

        return known.Row switch
        {
            { RequestHash: var other } when other != hash => new Denial.IdempotencyMismatch(),
            { State: "kept", Headers: { } headers, Body: { } text } => new ReplayState.Kept(
                ReadHeaders(headers),
                Convert.FromBase64String(text)
            ),
            // The answer is gone (a crash, a broken stream), but its receipt is not.
            { State: "charged" } charged => new Denial.IdempotencyInFlight(
                new GenerationId(charged.Generation)
            ),
            _ => new Denial.IdempotencyInFlight(),
        };
    }

    /// <summary>The request was refused before it ran: the key is free again.</summary>
    public Task ForgetAsync(ReplayCapture capture) =>
        database.WriteAsync(connection =>
            connection.Execute(
                "DELETE FROM replay WHERE api_key = @key AND idempotency_key = @idem",
                ("key", capture.Key.Value),
                ("idem", capture.IdempotencyKey)
            )
        );

    /// <summary>
    /// Ends a capture before its last bytes leave. A request that was not charged is forgotten, so
    /// that a retry runs; one that was charged without a whole answer keeps its key taken.
    /// </summary>
    public async ValueTask EndAsync(
        ReplayCapture capture,
        Exchange exchange,
        bool wasCharged,
        bool isWhole
    )
    {
        if (!wasCharged)
        {
            await ForgetAsync(capture);
            return;
        }

        var keeps = isWhole && capture.Bytes.WrittenCount <= options.ReplayBytesMax;
        await database.WriteAsync(connection =>
            connection.Execute(
                """
                UPDATE replay SET state = @state, headers = @headers, body = @body
                WHERE api_key = @key AND idempotency_key = @idem
                """,
                ("state", keeps ? "kept" : "charged"),
                ("headers", keeps ? WriteHeaders(exchange.Http.Response.Headers) : null),
                ("body", keeps ? Convert.ToBase64String(capture.Bytes.WrittenSpan) : null),
                ("key", capture.Key.Value),
                ("idem", capture.IdempotencyKey)
            )
        );
    }

    public static async Task SendAsync(HttpContext context, ReplayState.Kept kept)
    {
        foreach (var (name, value) in kept.Headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.Headers[HeaderNames.IdempotentReplay] = "true";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = kept.Body.Length;
        await context.Response.Body.WriteAsync(kept.Body, context.RequestAborted);
    }

    private void Forget(System.Data.Common.DbConnection connection, long now)
    {
        var age = (long)options.ReplayAge.TotalMilliseconds;
        connection.Execute("DELETE FROM replay WHERE started_at < @before", ("before", now - age));
        // No request runs longer: what still says so died with its process.
        var running = (long)
            (options.RequestDurationMax + options.DrainAfterDisconnectMax).TotalMilliseconds;
        EndDead(connection, "started_at < @before", ("before", now - running));
    }

    // Whether a dead request was charged only the ledger knows: one that was keeps its key taken, so
    // that it is never charged twice; any other may run again.
    private static void EndDead(
        System.Data.Common.DbConnection connection,
        string which,
        (string, object?) parameter
    )
    {
        var dead = connection.Query(
            $"SELECT generation FROM replay WHERE state = 'running' AND {which}",
            row => row.GetString(0),
            parameter
        );
        foreach (var generation in dead)
        {
            connection.Execute(
                Receipts.IsCharged(connection, new GenerationId(generation))
                    ? "UPDATE replay SET state = 'charged' WHERE generation = @generation"
                    : "DELETE FROM replay WHERE generation = @generation",
                ("generation", generation)
            );
        }
    }

    private static Row? Find(System.Data.Common.DbConnection connection, KeyId key, string idem) =>
        connection.QueryOne(
            """
            SELECT request_hash, state, generation, headers, body, started_at FROM replay
            WHERE api_key = @key AND idempotency_key = @idem
            """,
            row => new Row(
                row.GetString(0),
                row.GetString(1),
                row.GetString(2),
                row.IsDBNull(3) ? null : row.GetString(3),
                row.IsDBNull(4) ? null : row.GetString(4),
                row.GetInt64(5)
            ),
            ("key", key.Value),
            ("idem", idem)
        );

    // The path is part of what was asked: the same body means another thing elsewhere.
    private static string HashOf(PathString path, ReadOnlyMemory<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(path.Value ?? ""));
        hash.AppendData([0]);
        hash.AppendData(body.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string WriteHeaders(IHeaderDictionary headers)
    {
        var kept = new Dictionary<string, string>();
        foreach (var name in s_keptHeaders)
        {
            if (headers.TryGetValue(name, out var value))
            {
                kept[name] = value.ToString();
            }
        }

        return JsonSerializer.Serialize(kept);
    }

    private static List<KeyValuePair<string, string>> ReadHeaders(string json) =>
        [.. JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? []];
}
