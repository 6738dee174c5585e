using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Http;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>
/// The simulated provider over HTTP: its API for whoever has its secret key, its switches, and its
/// hosted pages. Mapped only where payments are simulated.
/// </summary>
internal static class SimulatedEndpoints
{
    private const int FormBytesMax = 64 << 10;

    public static IEndpointRouteBuilder MapSimulatedPayments(this IEndpointRouteBuilder app)
    {
        var root = app.MapGroup(SimulatedServer.Root);
        root.MapMethods("/v1/{**path}", ["GET", "POST"], AnswerAsync);
        root.MapPost("/switches", SetSwitchesAsync);
        root.MapGet("/pages.css", Stylesheet);
        root.MapSimulatedPages();
        return app;
    }

    private static async Task AnswerAsync(HttpContext http, SimulatedServer server, string path)
    {
        var body = await TextAsync(http.Request);
        if (body is null || !HasKey(http.Request, server.SecretKey))
        {
            http.Response.StatusCode = body is null ? 413 : 401;
            await http.Response.WriteAsync(
                SimulatedErrors.Invalid("api_key_expired", "Invalid API key.").ToJsonString()
            );
            return;
        }

        var query = http.Request.QueryString.Value ?? "";
        var answer = await server.AnswerAsync(
            new SimulatedRequest(
                http.Request.Method,
                "/v1/" + path,
                SimulatedHandler.FieldsOf(body.Length > 0 ? body : query)
            )
            {
                Key = http.Request.Headers["Idempotency-Key"] is [{ Length: > 0 } key] ? key : null,
                Account = http.Request.Headers["Stripe-Account"] is [{ Length: > 0 } account]
                    ? account
                    : null,
            }
        );
        if (answer.IsLost)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = MediaTypeNames.Application.Json;
        http.Response.Headers["Request-Id"] = Kernel.Ids.Make("req_");
        if (answer.IsReplay)
        {
            http.Response.Headers["Idempotent-Replayed"] = "true";
        }

        await http.Response.WriteAsync(answer.Body);
    }

    private static async Task<IResult> SetSwitchesAsync(HttpContext http, SimulatedServer server)
    {
        if (!HasKey(http.Request, server.SecretKey))
        {
            return TypedResults.Unauthorized();
        }

        try
        {
            var text = await TextAsync(http.Request) ?? "";
            await server.SetAsync(SimulatedSwitches.Parse(text) ?? new SimulatedSwitches());
            return TypedResults.NoContent();
        }
        catch (System.Text.Json.JsonException)
        {
            return TypedResults.BadRequest();
        }
    }

    private static IResult Stylesheet(HttpContext http)
    {
        http.Response.Headers.CacheControl = "max-age=300";
        var file = typeof(SimulatedEndpoints).Assembly.GetManifestResourceStream(
            "Payments/Simulated/pages.css"
        );
        Kernel.Invariant.Holds(file is not null, "the stylesheet is in the assembly");
        return TypedResults.Stream(file, "text/css; charset=utf-8");
    }

    private static bool HasKey(HttpRequest request, string key) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()),
            Encoding.UTF8.GetBytes("Bearer " + key)
        );

    private static async Task<string?> TextAsync(HttpRequest request)
    {
        if (request.ContentLength > FormBytesMax)
        {
            return null;
        }

        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
    }

    public static IResult Page(HttpContext http, SimulatedHtml html, int status = 200)
    {
        SecurityHeaders.ApplyToPage(http.Response.Headers);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text(html.ToString(), "text/html", Encoding.UTF8, status);
    }
}
