namespace Arda.Gateway.Http;

/// <summary>One thing that must work before traffic should come here.</summary>
/// <param name="Name">Shown when it fails; says nothing secret.</param>
/// <param name="IsReadyAsync">False or a throw means not ready.</param>
public sealed record ReadinessCheck(
    string Name,
    Func<CancellationToken, ValueTask<bool>> IsReadyAsync
);

/// <summary>
/// /healthz says that the process runs; /readyz says that it should get traffic: every
/// <see cref="ReadinessCheck"/> holds and the node is not draining.
/// </summary>
public static class Health
{
    public const string LivenessPath = "/healthz";
    public const string ReadinessPath = "/readyz";

    // Load balancers and container health checks often ask for the head alone.
    private static readonly string[] s_methods = [HttpMethods.Get, HttpMethods.Head];

    private static readonly TimeSpan s_checkMax = TimeSpan.FromSeconds(2);

    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapMethods(LivenessPath, s_methods, static () => TypedResults.Text("ok\n"));
        app.MapMethods(ReadinessPath, s_methods, AnswerReadinessAsync);
        return app;
    }

    private static async Task<IResult> AnswerReadinessAsync(
        Drain drain,
        IEnumerable<ReadinessCheck> checks,
        CancellationToken ct
    )
    {
        if (drain.IsNoticed)
        {
            return NotReady("draining");
        }

        foreach (var check in checks)
        {
            if (!await HoldsAsync(check, ct))
            {
                return NotReady(check.Name);
            }
        }

        return TypedResults.Text("ready\n");
    }

    private static IResult NotReady(string what) =>
        TypedResults.Text(
            $"not ready: {what}\n",
            statusCode: StatusCodes.Status503ServiceUnavailable
        );

    private static async ValueTask<bool> HoldsAsync(ReadinessCheck check, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(s_checkMax);
        try
        {
            return await check.IsReadyAsync(limit.Token);
        }
#pragma warning disable CA1031 // Whatever an outside system throws, the answer is "not ready".
        catch (Exception) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
