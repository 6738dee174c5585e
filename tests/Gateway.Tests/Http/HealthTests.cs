namespace Arda.Gateway.Tests.Http;

/// <summary>Whoever asks whether the process is well often asks for the head alone.</summary>
public sealed class HealthTests
{
    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task A_head_request_is_answered_like_a_get_without_its_body(string path)
    {
        await using var host = await EdgeHost.StartAsync();
        var ct = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Head, path);

        using var head = await host.Client.SendAsync(request, ct);
        using var whole = await host.Client.GetAsync(path, ct);

        Assert.Equal(System.Net.HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(whole.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(ct));
        Assert.NotEmpty(await whole.Content.ReadAsByteArrayAsync(ct));
    }
}
