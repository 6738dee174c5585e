using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Tests.OAuth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Http;

public sealed class ErrorAnswerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static void DenialRoutes(WebApplication app)
    {
        foreach (var path in (string[])["/v1/chat/completions", "/v1/messages", "/v1/responses"])
        {
            app.MapPost(
                path,
                (HttpContext context, int n) =>
                {
                    RequestFacts.Of(context).BalanceVisible = true;
                    return Errors.WriteAsync(
                        context,
                        DenialSamples.All[n],
                        Dialects.Of(context.Request)
                    );
                }
            );
        }

        app.MapPost("/v1/chat/throw", Throw);
    }

    private static void Throw(HttpContext context) =>
        throw new InvalidOperationException("secret inner matter");

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    [InlineData("/v1/responses")]
    public async Task Every_denial_is_said_in_the_dialect_with_all_headers_that_clients_read(
        string path
    )
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        for (var n = 0; n < DenialSamples.All.Count; n++)
        {
            using var response = await host.Client.PostAsync($"{path}?n={n}", null, Ct);
            var body = await EdgeHost.ErrorAsync(response);
            var error = body.GetProperty("error");
            var status = (int)response.StatusCode;

            Assert.Equal("application/json", response.Header("Content-Type"));
            Assert.True(response.Header("x-should-retry") is "true" or "false");
            Assert.Equal(response.Header("x-request-id"), response.Header("request-id"));
            Assert.Equal(
                status is 429 or 503 or 529 || DenialSamples.All[n] is Denial.IdempotencyInFlight,
                response.Header("Retry-After") is not null
            );
            // What a person's session lacks no key can give, so nothing is asked for one.
            var wantsKey =
                status is 401 or 403
                && DenialSamples.All[n] is not (Denial.SignInRequired or Denial.Forbidden);
            Assert.Equal(wantsKey, response.Header("WWW-Authenticate") is not null);
            Assert.False(string.IsNullOrEmpty(error.GetProperty("message").GetString()));
            Assert.False(string.IsNullOrEmpty(error.GetProperty("code").GetString()));
            if (path is "/v1/messages")
            {
                Assert.Equal("error", body.GetProperty("type").GetString());
                Assert.Equal(
                    response.Header("request-id"),
                    body.GetProperty("request_id").GetString()
                );
            }
            if (status is 402)
            {
                Assert.Equal("false", response.Header("x-should-retry"));
                Assert.Equal("billing_error", error.GetProperty("type").GetString());
                Assert.Equal(
                    "open_portal",
                    error.GetProperty("gateway").GetProperty("action").GetString()
                );
            }
        }
    }

    [Fact]
    [OAuthCase("LG04")]
    public async Task An_exception_is_told_as_an_internal_error_without_details()
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        using var response = await host.Client.PostAsync("/v1/chat/throw", null, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("internal_error", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret inner matter", text, StringComparison.Ordinal);
        Assert.DoesNotContain("InvalidOperation", text, StringComparison.Ordinal);
        Assert.StartsWith("req_", response.Header("x-request-id"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/v1/nowhere", 404, "not_found")]
    [InlineData("GET", "/v1/messages", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/chat/completions", 405, "method_not_allowed")]
    [InlineData("OPTIONS", "/v1/chat/completions", 405, "method_not_allowed")]
    public async Task What_routing_refuses_is_said_in_the_dialect_too(
        string method,
        string path,
        int status,
        string code
    )
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await host.Client.SendAsync(request, Ct);
        var body = await EdgeHost.ErrorAsync(response);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, body.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(
            path is "/v1/messages",
            body.TryGetProperty("type", out var type) && type.GetString() is "error"
        );
        Assert.Equal(status is 405 ? "POST" : null, response.Header("Allow"));
    }

    [Fact]
    public async Task An_unknown_address_speaks_anthropic_to_an_anthropic_client()
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models/nope/nope");
        request.Headers.Add("anthropic-version", "2023-06-01");
        using var response = await host.Client.SendAsync(request, Ct);
        var body = await EdgeHost.ErrorAsync(response);
        Assert.Equal("not_found_error", body.GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_request_without_credentials_is_only_told_to_bring_some()
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        var invalidKey = DenialSamples.All.ToList().FindIndex(d => d is Denial.InvalidKey);
        var path = new Uri($"/v1/responses?n={invalidKey}", UriKind.Relative);

        using var without = await host.Client.PostAsync(path, null, Ct);
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "gw_sk_wrong");
        using var with = await host.Client.SendAsync(request, Ct);

        Assert.Equal("Bearer realm=\"Arda Gateway\"", without.Header("WWW-Authenticate"));
        Assert.Equal(
            "Bearer realm=\"Arda Gateway\", error=\"invalid_token\"",
            with.Header("WWW-Authenticate")
        );
    }

    [Fact]
    public async Task A_missing_scope_is_named_in_the_challenge()
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        var scope = DenialSamples.All.ToList().FindIndex(d => d is Denial.InsufficientScope);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/responses?n={scope}");
        request.Headers.Add("x-api-key", "gw_sk_some");
        using var response = await host.Client.SendAsync(request, Ct);
        Assert.Contains(
            "error=\"insufficient_scope\", scope=\"balance:read usage:read\"",
            response.Header("WWW-Authenticate"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_clients_own_request_id_is_not_taken_for_ours()
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/nowhere");
        request.Headers.Add("x-request-id", "req_mine");
        using var response = await host.Client.SendAsync(request, Ct);
        Assert.StartsWith("req_0", response.Header("x-request-id"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_room_writes_errors_under_its_own_path()
    {
        await using var host = await EdgeHost.StartAsync(app =>
        {
            var dialects = (ErrorDialects)app.Services.GetService(typeof(ErrorDialects))!;
            dialects.Register(
                "/oauth",
                async (context, refusal) =>
                {
                    Errors.WriteHeaders(context, refusal);
                    await context.Response.WriteAsync("oauth:" + refusal.Facts.Code, Ct);
                }
            );
            app.MapGet("/oauth/throw", Throw);
        });
        Assert.Equal(
            "oauth:internal_error",
            await (await host.Client.GetAsync("/oauth/throw", Ct)).Content.ReadAsStringAsync(Ct)
        );
        Assert.Equal(
            "oauth:not_found",
            await (await host.Client.GetAsync("/oauth/none", Ct)).Content.ReadAsStringAsync(Ct)
        );
    }

    [Fact]
    public async Task A_half_written_answer_breaks_off_instead_of_looking_whole()
    {
        await using var host = await EdgeHost.StartAsync(app =>
            app.MapGet(
                "/v1/half",
                async (HttpContext context) =>
                {
                    await context.Response.WriteAsync("half", Ct);
                    await context.Response.Body.FlushAsync(Ct);
                    throw new InvalidOperationException("too late to say so");
                }
            )
        );
        await Assert.ThrowsAnyAsync<HttpRequestException>(() =>
            host.Client.GetStringAsync("/v1/half", Ct)
        );
    }

    [Fact]
    public async Task A_foreign_host_name_is_refused_but_probes_are_not()
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        foreign.Headers.Host = "evil.example";
        using var probe = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        probe.Headers.Host = "10.1.2.3:8787";

        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await host.Client.SendAsync(foreign, Ct)).StatusCode
        );
        Assert.Equal(HttpStatusCode.OK, (await host.Client.SendAsync(probe, Ct)).StatusCode);
    }

    [Fact]
    public async Task The_public_name_and_added_names_are_answered()
    {
        await using var host = await EdgeHost.StartAsync(
            app => app.MapGet("/v1/ok", () => "ok"),
            new(StringComparer.Ordinal)
            {
                ["PublicUrl"] = "https://gateway.example",
                ["Http:AllowedHosts:0"] = "internal.example",
            }
        );
        foreach (var name in (string[])["gateway.example", "INTERNAL.example:444", "[::1]:9"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/ok");
            request.Headers.Host = name;
            using var response = await host.Client.SendAsync(request, Ct);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.NotNull(response.Header("Strict-Transport-Security"));
        }
    }

    [Fact]
    public async Task A_request_that_is_not_http_gets_400_and_the_server_lives_on()
    {
        await using var host = await EdgeHost.StartAsync(DenialRoutes);
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port, Ct);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("NOT HTTP\r\n\r\n"), Ct);
        using var reader = new StreamReader(client.GetStream());
        Assert.Contains("400", await reader.ReadToEndAsync(Ct), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/healthz", Ct)).StatusCode);
    }
}
