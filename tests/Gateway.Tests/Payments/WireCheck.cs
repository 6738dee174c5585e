using System.Collections.Concurrent;
using Arda.Gateway.Payments.Stripe;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Stands between our client and whoever answers: every request and every answer is
/// compared with the provider's own document, and what was sent can be counted.</summary>
internal sealed class WireCheck(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly ConcurrentQueue<string> _mistakes = new();
    private readonly ConcurrentQueue<SentCall> _calls = new();
    private (string Method, string Path, Func<Task> Meanwhile)? _late;

    public IReadOnlyList<SentCall> Calls => [.. _calls];

    /// <summary>While answers carry what no document knows.</summary>
    public bool AcceptsUnknownAnswers { get; set; }

    /// <summary>The answer to the next such call is given at once and arrives late: what happens
    /// elsewhere meanwhile.</summary>
    public void Delay(string method, string path, Func<Task> meanwhile) =>
        _late = (method, path, meanwhile);

    public void AssertNoMistakes()
    {
        Assert.True(_mistakes.IsEmpty, string.Join(Environment.NewLine, _mistakes.Take(20)));
        Assert.True(_late is null, "The call whose answer was to be late was never made.");
    }

    public void SawEvent(string body)
    {
        foreach (var mistake in StripeDocument.Shared?.EventMistakes(body) ?? [])
        {
            _mistakes.Enqueue("event: " + mistake);
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var form = request.Content is null
            ? request.RequestUri!.Query
            : await request.Content.ReadAsStringAsync(cancellationToken);
        var path = request.RequestUri!.AbsolutePath.Replace(
            "/simulated-stripe",
            "",
            StringComparison.Ordinal
        );
        var method = request.Method.Method;
        Note(method + " " + path, StripeDocument.Shared?.RequestMistakes(method, path, form));
        CheckHeaders(request, method, path);
        var key = request.Headers.TryGetValues("Idempotency-Key", out var keys)
            ? keys.Single()
            : null;
        _calls.Enqueue(new SentCall(method, path, form, key));

        var response = await base.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var status = (int)response.StatusCode;
        if (!AcceptsUnknownAnswers)
        {
            Note(
                $"{method} {path} {status}",
                StripeDocument.Shared?.AnswerMistakes(method, path, status, body)
            );
        }

        if (
            _late is { } late
            && (late.Method, true) == (method, path.StartsWith(late.Path, StringComparison.Ordinal))
        )
        {
            _late = null;
            await late.Meanwhile();
        }

        return response;
    }

    private void CheckHeaders(HttpRequestMessage request, string method, string path)
    {
        var version = request.Headers.GetValues("Stripe-Version").Single();
        if (version != StripeOptions.Version || request.Headers.Authorization?.Scheme != "Bearer")
        {
            _mistakes.Enqueue($"{method} {path}: version or authorization is missing");
        }

        if (method == "POST" != request.Headers.Contains("Idempotency-Key"))
        {
            _mistakes.Enqueue($"{method} {path}: a key belongs to every POST and to nothing else");
        }
    }

    private void Note(string where, List<string>? mistakes)
    {
        foreach (var mistake in mistakes ?? [])
        {
            _mistakes.Enqueue($"{where}: {mistake}");
        }
    }
}

internal sealed record SentCall(string Method, string Path, string Form, string? Key);
