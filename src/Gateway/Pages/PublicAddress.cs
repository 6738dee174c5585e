using Arda.Gateway.Http;

namespace Arda.Gateway.Pages;

/// <summary>
/// People have one address for the gateway: cookies and passkeys belong to it. Whoever opens a page
/// of a gateway on this machine by its number is led to its name.
/// </summary>
internal sealed class PublicAddress(EdgeOptions edge) : IEndpointFilter
{
    private readonly Uri _public = new(edge.PublicUrl);

    public ValueTask<object?> InvokeAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var request = context.HttpContext.Request;
        return IsByNumber(request.Host) && HttpMethods.IsGet(request.Method)
            ? new(
                Results.Redirect(
                    edge.PublicUrl + request.PathBase + request.Path + request.QueryString,
                    permanent: false,
                    preserveMethod: true
                )
            )
            : next(context);
    }

    private bool IsByNumber(HostString host) =>
        _public.Host == "localhost"
        && host.Host is "127.0.0.1" or "[::1]" or "::1"
        && (host.Port ?? 80) == _public.Port;
}
