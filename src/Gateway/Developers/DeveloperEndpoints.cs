using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Developers;

/// <summary>
/// What a signed-in developer's page or script calls, and the operator's review. Developers prove
/// themselves by their session and, where something changes, by the form token of that session in
/// <c>X-Arda-Form-Token</c>.
/// </summary>
public static class DeveloperEndpoints
{
    public const string FormTokenHeader = "X-Arda-Form-Token";

    private const int BodyBytesMax = 64 << 10;

    private static readonly Denial s_noApp = new Denial.NotFound("app of yours with that id");

    public static void MapDevelopers(this IEndpointRouteBuilder routes)
    {
        var apps = routes.MapGroup("/developers/apps").AddEndpointFilter(RequireSessionAsync);
        apps.MapGet("/", ListAsync);
        apps.MapPost("/", RegisterAsync);
        apps.MapGet("/{id}", FindAsync);
        apps.MapPatch("/{id}", PatchAsync);
        apps.MapPost("/{id}/secrets", CreateSecretAsync);
        apps.MapDelete("/{id}/secrets/{secret}", DeleteSecretAsync);
        apps.MapLogoUploads();
        routes.MapLogos();
        routes.MapAppReviews();
        routes.MapPayouts();
        routes.MapPayoutReviews();
    }

    internal static async ValueTask<object?> RequireSessionAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        http.Response.Headers.CacheControl = "no-store";
        if (
            await http.RequestServices.GetRequiredService<Sessions>().CurrentAsync(http)
            is not { } session
        )
        {
            return new DeniedResult(
                new Denial.SignInRequired("Sign in at /sign-in first; this address is for people.")
            );
        }

        var isRead = HttpMethods.IsGet(http.Request.Method);
        var token = http.Request.Headers[FormTokenHeader].ToString();
        if (!isRead && !http.RequestServices.GetRequiredService<FormTokens>().Holds(http, token))
        {
            return new DeniedResult(
                new Denial.Forbidden(
                    $"Send the form token of this session as '{FormTokenHeader}', from the same site."
                )
            );
        }

        http.Features.Set(session);
        return await next(context);
    }

    private static async Task<IResult> ListAsync(HttpContext http, Apps apps)
    {
        var owned = await apps.ListAsync(OwnerOf(http), http.RequestAborted);
        return Json(new AppList([.. owned.Select(AppJson.Of)]), DevelopersJson.Default.AppList);
    }

    private static async Task<IResult> RegisterAsync(
        HttpContext http,
        Apps apps,
        AppSecrets secrets
    )
    {
        var read = await ReadAsync(http, DevelopersJson.Default.RegistrationJson);
        if (read.Denied(out var denial, out var asked))
        {
            return new DeniedResult(denial);
        }

        if (asked.KindOf() is not { } kind)
        {
            return new DeniedResult(
                new Denial.InvalidRequest("The kind is web, browser, native or device.", "kind")
            );
        }

        var wish = new NewApp
        {
            Owner = OwnerOf(http),
            Kind = kind,
            IsConfidential = asked.Confidential,
            About = WithoutImage(asked),
        };
        if ((await apps.RegisterAsync(wish, http.RequestAborted)).Denied(out denial, out var app))
        {
            return new DeniedResult(denial);
        }

        var json = AppJson.Of(app);
        if (app.IsConfidential && !(await secrets.CreateAsync(app)).Denied(out _, out var secret))
        {
            json = json with { ClientSecret = secret.Secret };
        }

        return Json(json, DevelopersJson.Default.AppJson, StatusCodes.Status201Created);
    }

    private static async Task<IResult> FindAsync(
        string id,
        HttpContext http,
        Apps apps,
        AppSecrets secrets
    )
    {
        if (await OwnAsync(id, http, apps) is not { } app)
        {
            return new DeniedResult(s_noApp);
        }

        var live = await secrets.ListAsync(app.Id, http.RequestAborted);
        return Json(
            AppJson.Of(app) with
            {
                Secrets = [.. live.Select(SecretJson.Of)],
            },
            DevelopersJson.Default.AppJson
        );
    }

    private static async Task<IResult> PatchAsync(string id, HttpContext http, Apps apps)
    {
        var read = await ReadAsync(http, DevelopersJson.Default.AppChanges);
        if (read.Denied(out var denial, out var changes))
        {
            return new DeniedResult(denial);
        }

        return Answer(
            await apps.PatchAsync(
                new AppId(id),
                OwnerOf(http),
                WithoutImage(changes),
                http.RequestAborted
            )
        );
    }

    // An image is uploaded: nobody names one by an id.
    private static AppChanges WithoutImage(AppChanges asked) => asked with { LogoAssetId = null };

    internal static IResult Answer(Outcome<App> outcome) =>
        outcome.Denied(out var denial, out var app)
            ? new DeniedResult(denial)
            : Json(AppJson.Of(app), DevelopersJson.Default.AppJson);

    // A secret opens every key exchange of the app, so an old sign-in is not enough.
    private static async Task<IResult> CreateSecretAsync(
        string id,
        HttpContext http,
        Apps apps,
        AppSecrets secrets
    )
    {
        if (await OwnAsync(id, http, apps) is not { } app)
        {
            return new DeniedResult(s_noApp);
        }

        if (!SessionOf(http).IsFresh)
        {
            return new DeniedResult(
                new Denial.SignInRequired(
                    "Sign in again first: a new secret needs a fresh sign-in."
                )
            );
        }

        return (await secrets.CreateAsync(app)).Denied(out var denial, out var made)
            ? new DeniedResult(denial)
            : Json(
                SecretJson.Of(made.About) with
                {
                    Secret = made.Secret,
                },
                DevelopersJson.Default.SecretJson,
                StatusCodes.Status201Created
            );
    }

    private static async Task<IResult> DeleteSecretAsync(
        string id,
        string secret,
        HttpContext http,
        Apps apps,
        AppSecrets secrets
    ) =>
        await OwnAsync(id, http, apps) is { } app && await secrets.DeleteAsync(app.Id, secret)
            ? TypedResults.NoContent()
            : new DeniedResult(new Denial.NotFound("secret of yours with that id"));

    private static async Task<App?> OwnAsync(string id, HttpContext http, Apps apps) =>
        await apps.FindAsync(new AppId(id), http.RequestAborted) is { } app
        && app.Owner == OwnerOf(http)
            ? app
            : null;

    private static Session SessionOf(HttpContext http) =>
        http.Features.Get<Session>()
        ?? throw new InvariantBrokenException("the filter let only sessions through");

    internal static UserId OwnerOf(HttpContext http) => SessionOf(http).Person.Id;

    internal static async Task<Outcome<T>> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        var read = await RequestBodies.ReadJsonAsync(
            http.Request,
            BodyBytesMax,
            http.RequestAborted
        );
        if (read.Denied(out var denial, out var body))
        {
            return denial;
        }

        using (body)
        {
            try
            {
                return JsonSerializer.Deserialize(body.Bytes.Span, type) is { } value
                    ? value
                    : new Denial.InvalidRequest("The body is a JSON object.");
            }
            catch (JsonException mistake)
            {
                return new Denial.InvalidRequest(
                    "The body is not the JSON that is expected here.",
                    mistake.Path
                );
            }
        }
    }

    internal static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = 200) =>
        TypedResults.Json(value, type, statusCode: status);
}

/// <summary>A refusal in the shape that our own addresses speak.</summary>
internal sealed class DeniedResult(Denial denial) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) =>
        Errors.WriteAsync(httpContext, denial, WireFormat.OpenAiChat);
}
