using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Arda.Gateway.Tests.Pages;

/// <summary>The app's own pages: one that begins, one that people come back to, and one that hands
/// them on to a program of the device.</summary>
internal sealed class CallbackApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private CallbackApp(WebApplication app) => _app = app;

    /// <summary>Under a name, because nobody registers https on loopback; see
    /// <see cref="Chromium"/>.</summary>
    public Uri Https => new($"https://app.example:{PortOf("https:")}");

    public Uri Http =>
        new(_app.Urls.First(url => url.StartsWith("http:", StringComparison.Ordinal)));

    private int PortOf(string scheme) =>
        new Uri(_app.Urls.First(url => url.StartsWith(scheme, StringComparison.Ordinal))).Port;

    public string StartAt { get; set; } = "";

    public static async Task<CallbackApp> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(NewCertificate()));
        });
        var web = builder.Build();
        var app = new CallbackApp(web);
        web.MapGet(
            "/",
            () => Html($"<a href=\"{WebUtility.HtmlEncode(app.StartAt)}\">Connect</a>")
        );
        web.MapGet("/callback", () => Html("<p>Back in the app</p>"));
        web.MapGet(
            "/hop",
            (HttpContext http) => Results.Redirect("myapp://back" + http.Request.QueryString)
        );
        await web.StartAsync();
        return app;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static IResult Html(string body) =>
        Results.Content("<!doctype html><title>App</title>" + body, "text/html");

    private static X509Certificate2 NewCertificate()
    {
        using var key = RSA.Create(2_048);
        var request = new CertificateRequest(
            "CN=127.0.0.1",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
