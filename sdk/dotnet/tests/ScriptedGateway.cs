using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>What was sent, read before it was disposed.</summary>
internal sealed record Sent(HttpRequestMessage Request, string Body)
{
    public string Path => Request.RequestUri!.AbsolutePath;

    public string? Header(string name) =>
        Request.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString()
        : Request.Content is { } content
        && content.Headers.NonValidated.TryGetValues(name, out values)
            ? values.ToString()
        : null;
}

/// <summary>Stands where the network begins: answers each request with the next of a script, or as
/// a function says, and remembers what was sent.</summary>
internal sealed class ScriptedGateway(Func<Sent, HttpResponseMessage> answer) : HttpMessageHandler
{
    public const string Key = "gw_sk_0ExampleKeyOfTheWireTranscripts0123456789abcdef00";

    public List<Sent> Sent { get; } = [];

    public static ScriptedGateway Of(params HttpResponseMessage[] answers)
    {
        var rest = new Queue<HttpResponseMessage>(answers);
        return new ScriptedGateway(_ => rest.Dequeue());
    }

    public ArdaGatewayClient Client(TimeProvider? time = null) =>
        new(
            new ArdaGatewayClientOptions
            {
                ApiKey = Key,
                TimeProvider = time ?? TimeProvider.System,
            },
            new HttpClient(this)
        );

    public GatewayOAuthClient OAuth(string? secret = null, TimeProvider? time = null) =>
        new(
            new GatewayOAuthOptions
            {
                ClientId = "gw_app_x",
                ClientSecret = secret,
                TimeProvider = time ?? TimeProvider.System,
            },
            new HttpClient(this)
        );

    public static HttpResponseMessage Json(
        int status,
        string body,
        params (string Name, string Value)[] headers
    ) => Text(status, body, "application/json", headers);

    public static HttpResponseMessage Events(string body) => Text(200, body, "text/event-stream");

    public static HttpResponseMessage Text(
        int status,
        string body,
        string mediaType,
        params (string Name, string Value)[] headers
    )
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = content };
        foreach (var (name, value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is { } content
            ? await content.ReadAsStringAsync(cancellationToken)
            : "";
        var sent = new Sent(request, body);
        Sent.Add(sent);
        var response = answer(sent);
        response.RequestMessage = request;
        return response;
    }
}
