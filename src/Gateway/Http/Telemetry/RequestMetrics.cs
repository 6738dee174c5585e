namespace Arda.Gateway.Http.Telemetry;

/// <summary>Counts answered requests by the template of their route.</summary>
internal static class RequestMetrics
{
    private const string Unmatched = "unmatched";

    public static void Count(HttpContext context)
    {
        var route = context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } text }
            ? text
            : Unmatched;
        GatewayMetrics.Answered(route, Known(context.Request.Method), context.Response.StatusCode);
    }

    // A method is the client's free text; only those of the standard become labels.
    private static string Known(string method) =>
        method switch
        {
            "GET" or "POST" or "DELETE" or "HEAD" or "OPTIONS" or "PUT" or "PATCH" => method,
            _ => "_OTHER",
        };
}
