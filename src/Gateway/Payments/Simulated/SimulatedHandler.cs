using System.Net;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>
/// Carries our client's requests to the simulated provider without a socket, so that it works
/// before the web server listens, behind whatever address, and without a port of its own. Bytes go
/// in and bytes come out, as over the wire.
/// </summary>
internal sealed class SimulatedHandler(SimulatedServer server) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var body = request.Content is null
            ? ""
            : await request.Content.ReadAsStringAsync(cancellationToken);
        var uri = request.RequestUri!;
        var answer = await server.AnswerAsync(
            new SimulatedRequest(
                request.Method.Method,
                uri.AbsolutePath,
                FieldsOf(body.Length > 0 ? body : uri.Query)
            )
            {
                Key = request.Headers.TryGetValues("Idempotency-Key", out var keys)
                    ? keys.First()
                    : null,
                Account = request.Headers.TryGetValues("Stripe-Account", out var accounts)
                    ? accounts.First()
                    : null,
            }
        );
        if (answer.IsLost)
        {
            throw new HttpRequestException("the simulated answer was lost");
        }

        var response = new HttpResponseMessage((HttpStatusCode)answer.Status)
        {
            Content = new StringContent(answer.Body, Encoding.UTF8, "application/json"),
            RequestMessage = request,
        };
        response.Headers.Add("Request-Id", Kernel.Ids.Make("req_"));
        if (answer.IsReplay)
        {
            response.Headers.Add("Idempotent-Replayed", "true");
        }

        return response;
    }

    public static List<KeyValuePair<string, string>> FieldsOf(string text)
    {
        List<KeyValuePair<string, string>> fields = [];
        foreach (var pair in new QueryStringEnumerable(text))
        {
            fields.Add(new(pair.DecodeName().ToString(), pair.DecodeValue().ToString()));
        }

        return fields;
    }
}
