namespace Arda.Gateway.Tests.Fuzz;

/// <summary>Wrong requests from callers, over HTTP, to the whole gateway.</summary>
public sealed class HttpFuzzTests
{
    private const int Percent = 65;
    private const int WarmShare = 8;

    [Fact]
    public async Task Wrong_requests_get_an_error_in_their_dialect_and_leave_no_trace()
    {
        await using var host = await FuzzHost.StartAsync();
        using var client = new HttpClient(
            new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }
        )
        {
            BaseAddress = host.Gateway.Address,
            Timeout = TimeSpan.FromSeconds(60),
        };
        var cases = FuzzRun.Cases(Percent);
        await FuzzRun.RunAsync("http-warm", cases / WarmShare, (r, _) => RunAsync(host, client, r));
        host.IsWarm();
        await FuzzRun.RunAsync(
            "http",
            cases - (cases / WarmShare),
            (r, _) => RunAsync(host, client, r)
        );
        await host.AssertUnharmedAsync();
    }

    private static async Task<string?> RunAsync(
        FuzzHost host,
        HttpClient client,
        SeededRandom random
    )
    {
        var wrong = FuzzRequest.Of(ref random, host.Gateway.ApiKey);
        using var request = new HttpRequestMessage(new HttpMethod(wrong.Method), Target(wrong.Path))
        {
            Content = wrong.Method is "TRACE" ? null : new ByteArrayContent(wrong.Body),
        };
        if (wrong.ContentType is { } type)
        {
            request.Content?.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        foreach (var (name, value) in wrong.Headers)
        {
            // What the client will not send is RawRequest's to send.
            if (!request.Headers.TryAddWithoutValidation(name, Ascii(value)))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, Ascii(value));
            }
        }

        try
        {
            using var answer = await client.SendAsync(request);
            var body = await answer.Content.ReadAsByteArrayAsync();
            var said = FuzzHost.WrongWith(wrong.Method, wrong.Path, (int)answer.StatusCode, body);
            return said is null ? null : $"{said}\n{wrong}\n{host.LastError}";
        }
        catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException)
        {
            return $"{broken}\n{wrong}";
        }
    }

    private static Uri Target(string path) =>
        new(path.StartsWith("//", StringComparison.Ordinal) ? "/." + path : path, UriKind.Relative);

    private static string Ascii(string value) =>
        new([.. value.Where(letter => letter is >= ' ' and < (char)127)]);
}
