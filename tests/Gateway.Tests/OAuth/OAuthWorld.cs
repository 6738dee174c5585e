using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Developers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.OAuth;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.OAuth;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using AppRecord = Arda.Gateway.Developers.App;

[assembly: AssemblyFixture(typeof(OAuthWorlds))]

namespace Arda.Gateway.Tests.OAuth;

/// <summary>One gateway for each store, started when the first test asks; every test brings its own
/// people and apps.</summary>
public sealed class OAuthWorlds : IAsyncDisposable
{
    private readonly Lazy<Task<OAuthWorld>> _sqlite = new(() =>
        OAuthWorld.StartAsync(StoreKind.Sqlite)
    );
    private readonly Lazy<Task<OAuthWorld>> _postgres = new(() =>
        OAuthWorld.StartAsync(StoreKind.Postgres)
    );

    public Task<OAuthWorld> OfAsync(StoreKind kind) =>
        kind is StoreKind.Sqlite ? _sqlite.Value : _postgres.Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in new[] { _sqlite, _postgres })
        {
            if (one is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            {
                await one.Value.Result.DisposeAsync();
            }
        }
    }
}

/// <summary>Somebody signed in, with a project that has money.</summary>
public sealed record Signed(Session Session, Project Project)
{
    public UserId Id => Session.Person.Id;
}

/// <summary>A running gateway and the ways of OAuth through it. Endpoints are called over HTTP; the
/// person's part, which pages show, goes through the services that decide.</summary>
public sealed class OAuthWorld(GatewayHost host) : IAsyncDisposable
{
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    public const string Callback = "https://app.example/cb";

    public GatewayHost Host { get; } = host;

    public string Issuer => Get<EdgeOptions>().PublicUrl;

    public HttpClient Http { get; } = ClientOf(host.Address);

    public static async Task<OAuthWorld> StartAsync(
        StoreKind kind,
        string? postgres = null,
        params (string Key, string Value)[] settings
    )
    {
        var options = new GatewayHostOptions
        {
            Store = kind,
            PostgresConnectionString = postgres,
            Settings = settings,
        };
        return new OAuthWorld(await GatewayHost.StartAsync(options));
    }

    private static HttpClient ClientOf(Uri address)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        return new HttpClient(handler) { BaseAddress = address };
    }

    public T Get<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    public async Task<Signed> PersonAsync(string? email = null)
    {
        Assert.False(
            EmailAddress
                .Read(email ?? $"{Ids.Make("p")}@example.com")
                .Denied(out _, out var address)
        );
        var person = await Get<People>().FindOrCreateAsync(address);
        var made = await Get<Projects>().CreateAsync(person.Id, "Work");
        Assert.False(made.Denied(out _, out var project));
        await Get<Credits>()
            .GrantPromoAsync(project.Id, NanoUsd.FromCents(1_000), "test:" + project.Id);
        return new Signed(await SignInAsync(person), project);
    }

    public Task<Session> SignInAsync(Person person) =>
        Get<Sessions>()
            .SignInAsync(
                new DefaultHttpContext { RequestServices = Host.Services },
                person,
                SignInMethod.EmailCode
            );

    /// <summary>Registered, and approved unless said otherwise.</summary>
    public async Task<AppRecord> AppAsync(
        AppKind kind = AppKind.Native,
        bool? isConfidential = null,
        AppState state = AppState.Approved,
        UserId? owner = null,
        Func<AppChanges, AppChanges>? with = null
    )
    {
        var about = new AppChanges
        {
            Name = "Notebook",
            PublisherName = "Example Works",
            RedirectUris = [Callback],
            DeviceCodes = true,
        };
        var wish = new NewApp
        {
            Owner = owner ?? (await PersonAsync()).Id,
            Kind = kind,
            IsConfidential = isConfidential ?? false,
            About = with is null ? about : with(about),
        };
        var made = await Get<Apps>().RegisterAsync(wish, CancellationToken.None);
        Assert.False(made.Denied(out var denial, out var app), denial?.ToString());
        return state == AppState.Pending ? app : await ReviewAsync(app, state);
    }

    public async Task<AppRecord> ReviewAsync(AppRecord app, AppState state)
    {
        var reviewed = await Get<Apps>()
            .ReviewAsync(
                app.Id,
                new ReviewDecision { State = state },
                "test",
                CancellationToken.None
            );
        Assert.False(reviewed.Denied(out _, out var known));
        return known;
    }

    public async Task<string> SecretAsync(AppRecord app)
    {
        Assert.False((await Get<AppSecrets>().CreateAsync(app)).Denied(out _, out var secret));
        return secret.Secret;
    }

    /// <summary>A good authorize request as name and value; <paramref name="changes"/> replace or,
    /// with null, remove.</summary>
    public static string Query(AppRecord app, params (string Name, string? Value)[] changes)
    {
        List<(string Name, string? Value)> all =
        [
            ("response_type", "code"),
            ("client_id", app.Id.Value),
            ("redirect_uri", Callback),
            ("code_challenge", Challenge),
            ("code_challenge_method", "S256"),
            ("state", "xyz"),
        ];
        foreach (var change in changes)
        {
            all.RemoveAll(one => one.Name == change.Name);
            all.Add(change);
        }

        return string.Join(
            '&',
            all.Where(one => one.Value is not null)
                .Select(one => one.Name + "=" + Uri.EscapeDataString(one.Value!))
        );
    }

    public Task<AuthorizeStep> AuthorizeAsync(string query, Session? session) =>
        Get<AuthorizeRequests>().BeginAsync(Parse(query), session, CancellationToken.None);

    public static StrictForm Parse(string query)
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString("?" + query);
        Assert.False(StrictForm.OfQuery(http.Request).Denied(out _, out var form));
        return form;
    }

    public async Task<AuthorizeStep> DecideAsync(
        AuthorizeStep asked,
        Signed person,
        ConsentDecision? decision = null
    )
    {
        var consent = Assert.IsType<AuthorizeStep.Consent>(asked);
        return await Get<AuthorizeRequests>()
            .DecideAsync(
                consent.Id,
                person.Session,
                decision ?? Allow(person),
                CancellationToken.None
            );
    }

    public static ConsentDecision Allow(Signed person, params string[] scopes) =>
        new()
        {
            Allow = true,
            Project = person.Project.Id,
            Scopes = scopes.Length > 0 ? scopes : [.. Scopes.All],
        };

    /// <summary>The whole of a person's part.</summary>
    public async Task<string> CodeAsync(
        AppRecord app,
        Signed person,
        params (string Name, string? Value)[] changes
    )
    {
        var asked = await AuthorizeAsync(Query(app, changes), person.Session);
        var step = asked is AuthorizeStep.Redirect ? asked : await DecideAsync(asked, person);
        return Answer(step)["code"]!;
    }

    /// <summary>What came back to the app.</summary>
    public static StrictForm Answer(AuthorizeStep step)
    {
        var uri = Assert.IsType<AuthorizeStep.Redirect>(step).Uri;
        return Parse(uri[(uri.IndexOf('?', StringComparison.Ordinal) + 1)..]);
    }

    public Task<Answered> RedeemAsync(
        AppRecord app,
        string code,
        params (string Name, string? Value)[] changes
    )
    {
        List<(string Name, string? Value)> form =
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", Callback),
            ("code_verifier", Verifier),
            ("client_id", app.Id.Value),
        ];
        foreach (var change in changes)
        {
            form.RemoveAll(one => one.Name == change.Name);
            form.Add(change);
        }

        return PostAsync("/oauth/token", form);
    }

    public Task<Answered> PostAsync(
        string path,
        IEnumerable<(string Name, string? Value)> form,
        params (string Name, string Value)[] headers
    )
    {
        var text = string.Join(
            '&',
            form.Where(one => one.Value is not null)
                .Select(one =>
                    Uri.EscapeDataString(one.Name) + "=" + Uri.EscapeDataString(one.Value!)
                )
        );
        return PostRawAsync(
            path,
            Encoding.ASCII.GetBytes(text),
            "application/x-www-form-urlencoded",
            headers
        );
    }

    public Task<Answered> PostRawAsync(
        string path,
        byte[] body,
        string? mediaType,
        params (string Name, string Value)[] headers
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(body),
        };
        if (mediaType is not null)
        {
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        }

        return SendAsync(request, headers);
    }

    public Task<Answered> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), headers);

    public async Task<Answered> SendAsync(
        HttpRequestMessage request,
        params (string Name, string Value)[] headers
    )
    {
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Http.SendAsync(request);
        return new Answered(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.ToString() ?? "",
            response
                .Headers.Concat(response.Content.Headers)
                .ToDictionary(
                    one => one.Key,
                    one => string.Join(", ", one.Value),
                    StringComparer.OrdinalIgnoreCase
                )
        );
    }

    /// <summary>Whether a key opens the API: 200, or the status it is refused with.</summary>
    public async Task<int> StatusOfKeyAsync(string key) =>
        (await GetAsync("/v1/models", ("Authorization", "Bearer " + key))).Status;

    public Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters) =>
        Host.Database.WriteAsync(connection => connection.Execute(sql, parameters));

    public async Task<long> CountAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await Host.Database.OpenAsync(CancellationToken.None);
        return connection.QueryOne(sql, row => row.GetInt64(0), parameters);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
    }
}

/// <summary>An answer, read whole.</summary>
public sealed record Answered(
    int Status,
    string Body,
    string ContentType,
    IReadOnlyDictionary<string, string> Headers
)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Error => Text("error");

    public string? Text(string name) =>
        Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>An error as OAuth clients parse it, and nothing but.</summary>
    public void IsOAuthError(int status, string error)
    {
        Assert.Equal((status, error), (Status, Error));
        Assert.Equal("application/json", ContentType);
        Assert.Equal("no-store", Header("Cache-Control"));
    }
}
