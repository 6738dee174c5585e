using System.Text;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Tests.OAuth;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Developers;

/// <summary>A developer's signed-in browser, and what its pages call.</summary>
internal sealed record Developer(OAuthWorld World, Person Person, string Cookie, string Token)
{
    public static async Task<Developer> OfAsync(OAuthWorld world)
    {
        var person = (await world.PersonAsync()).Session.Person;
        var http = new DefaultHttpContext { RequestServices = world.Host.Services };
        await world.Get<Sessions>().SignInAsync(http, person, SignInMethod.EmailCode);
        var cookie = http
            .Response.Headers.SetCookie.Single(one =>
                one!.Contains("session=gw_", StringComparison.Ordinal)
            )!
            .Split(';')[0];
        var next = new DefaultHttpContext { RequestServices = world.Host.Services };
        next.Request.Headers.Cookie = cookie;
        return new Developer(world, person, cookie, world.Get<FormTokens>().Of(next));
    }

    public Task<Answered> SendAsync(HttpMethod method, string path, object? body = null) =>
        SendAsync(
            method,
            path,
            body is null
                ? null
                : new StringContent(
                    JsonSerializer.Serialize(body),
                    Encoding.UTF8,
                    "application/json"
                )
        );

    public Task<Answered> SendAsync(HttpMethod method, string path, HttpContent? content) =>
        World.SendAsync(
            new HttpRequestMessage(method, path) { Content = content },
            ("Cookie", Cookie),
            (DeveloperEndpoints.FormTokenHeader, Token)
        );
}
