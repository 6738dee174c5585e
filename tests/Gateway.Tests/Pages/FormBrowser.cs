using System.Net;
using System.Text.RegularExpressions;

namespace Arda.Gateway.Tests.Pages;

/// <summary>
/// A browser without script: it keeps cookies, shows pages as text and posts the forms it finds in
/// them. It follows no redirect by itself, so that tests see each.
/// </summary>
internal sealed partial class FormBrowser : IDisposable
{
    private readonly PagesHost _host;
    private readonly HttpClient _client;

    public FormBrowser(PagesHost host)
    {
        _host = host;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            CookieContainer = Cookies,
        };
        _client = new HttpClient(handler) { BaseAddress = host.Address };
    }

    public CookieContainer Cookies { get; } = new();

    public HttpResponseMessage Last { get; private set; } = null!;

    /// <summary>The last page.</summary>
    public string Html { get; private set; } = "";

    public string Location => Last.Headers.Location?.OriginalString ?? "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Opens a page, following redirects of our own.</summary>
    public async Task<HttpStatusCode> OpenAsync(string path)
    {
        await SendAsync(new HttpRequestMessage(HttpMethod.Get, path));
        for (var hops = 0; hops < 5 && Location.StartsWith('/'); hops++)
        {
            await SendAsync(new HttpRequestMessage(HttpMethod.Get, Location));
        }

        return Last.StatusCode;
    }

    /// <summary>Posts a form of the last page: its hidden fields, and what a person fills
    /// in.</summary>
    public Task<HttpStatusCode> SubmitAsync(
        string action,
        params (string Name, string Value)[] filled
    ) => PostAsync(action, [.. HiddenOf(action), .. filled]);

    public async Task<HttpStatusCode> PostAsync(
        string path,
        (string Name, string Value)[] fields,
        params (string Name, string Value)[] headers
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(
                fields.Select(field => KeyValuePair.Create(field.Name, field.Value))
            ),
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await SendAsync(request);
    }

    public async Task<HttpStatusCode> SendAsync(HttpRequestMessage request)
    {
        Last = await _client.SendAsync(request, Ct);
        Html = await Last.Content.ReadAsStringAsync(Ct);
        return Last.StatusCode;
    }

    /// <summary>The whole sign-in, from the page on.</summary>
    public async Task SignInAsync(string email)
    {
        await OpenAsync("/sign-in");
        await SubmitAsync("/sign-in", ("email", email));
        await TypeCodeAsync(email);
    }

    /// <summary>From the answer that leads to the page of the code.</summary>
    public async Task TypeCodeAsync(string email)
    {
        await OpenAsync(Location);
        var mail = await _host.MailAsync(email, "Your sign-in code");
        await SubmitAsync("/sign-in/code", ("code", PagesHost.DigitsOf(mail)));
        Assert.Equal(HttpStatusCode.SeeOther, Last.StatusCode);
    }

    /// <summary>The hidden fields of the form with that action on the last page.</summary>
    public (string Name, string Value)[] HiddenOf(string action)
    {
        var form = Form()
            .Matches(Html)
            .FirstOrDefault(form =>
                form.Value.Contains($"action=\"{action}\"", StringComparison.Ordinal)
            );
        Assert.True(form is not null, $"There is no form for {action} in:\n{Html}");
        return
        [
            .. HiddenField()
                .Matches(form.Value)
                .Select(field =>
                    (field.Groups[1].Value, WebUtility.HtmlDecode(field.Groups[2].Value))
                ),
        ];
    }

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline, 5000)]
    private static partial Regex Form();

    [GeneratedRegex(
        "type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"",
        RegexOptions.None,
        5000
    )]
    private static partial Regex HiddenField();
}
