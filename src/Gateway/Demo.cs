using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;

namespace Arda.Gateway;

/// <summary>All that a script needs to use the demo, as <c>demo.json</c> in the data directory.</summary>
internal sealed record DemoFacts
{
    public required string BaseUrl { get; init; }

    public required string ApiKey { get; init; }

    public required string UserEmail { get; init; }

    public required string ProjectSlug { get; init; }

    public required string AdminToken { get; init; }

    /// <summary>A public native app, approved, with device codes.</summary>
    public required string DemoClientId { get; init; }

    /// <summary>Of both apps; on loopback any port will do.</summary>
    public required IReadOnlyList<string> DemoRedirectUris { get; init; }

    public required string DemoConfidentialClientId { get; init; }

    public required string DemoConfidentialClientSecret { get; init; }

    /// <summary>For the banner only: figures that would be out of date in a file.</summary>
    [JsonIgnore]
    public NanoUsd Balance { get; init; }
}

/// <summary>
/// The ready demo: a user, a project with promotional credit and a key. Made at the first start,
/// found again at every later one; a lost file makes a new key and token, never a second project.
/// </summary>
internal sealed class Demo(
    Settings settings,
    IConfiguration configuration,
    People people,
    Projects projects,
    ApiKeys keys,
    Credits credits,
    OperatorTokens tokens,
    DemoApps apps
)
{
    private const string Email = "demo@example.com";
    private const string Slug = "demo";
    private const string Name = "Demo";
    private const string GrantId = "demo";
    private const long BalanceCents = 2_500;

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    private string File => Path.Combine(settings.DataDirectory, "demo.json");

    public async Task<DemoFacts> PrepareAsync(string? newOperatorToken, CancellationToken ct)
    {
        var project = await ProjectAsync(ct);
        await credits.GrantPromoAsync(project.Id, StartingBalance(), $"{GrantId}:{project.Id}");
        var known = Read();
        var (open, confidential, secret) = await apps.PrepareAsync(
            project.Owner,
            known?.DemoClientId,
            known?.DemoConfidentialClientId,
            known?.DemoConfidentialClientSecret,
            ct
        );
        return new DemoFacts
        {
            DemoClientId = open.Id.Value,
            DemoRedirectUris = open.RedirectUris,
            DemoConfidentialClientId = confidential.Id.Value,
            DemoConfidentialClientSecret = secret,
            BaseUrl = "",
            ApiKey = await KeyAsync(project, known?.ApiKey, ct),
            UserEmail = Email,
            ProjectSlug = project.Slug,
            AdminToken = newOperatorToken ?? await TokenAsync(known?.AdminToken, ct),
            Balance = (await credits.ReadAsync(project.Id, ct))?.Balance ?? NanoUsd.Zero,
        };
    }

    /// <summary>Readable by its owner alone: it holds two secrets.</summary>
    public void Save(DemoFacts facts)
    {
        Directory.CreateDirectory(settings.DataDirectory);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // Under another name first: a reader never finds half a file.
        var fresh = File + ".new";
        System.IO.File.Delete(fresh);
        using (var stream = new FileStream(fresh, options))
        {
            JsonSerializer.Serialize(stream, facts, s_json);
        }

        System.IO.File.Move(fresh, File, overwrite: true);
    }

    public static string Describe(DemoFacts facts) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""

            Arda Gateway listens on {{facts.BaseUrl}}

              user      {{facts.UserEmail}}
              project   {{facts.ProjectSlug}}, ${{facts.Balance.CentsFloor
                / 100m:0.00}} of promotional credit left
              key       {{facts.ApiKey}}
              for scripts, all of this and the operator's token are in demo.json

            Try it:

              curl -i {{facts.BaseUrl}}/v1/chat/completions \
                -H "Authorization: Bearer {{facts.ApiKey}}" \
                -H "Content-Type: application/json" \
                -d '{"model": "arda/auto", "messages": [{"role": "user", "content": "Hello"}]}'

            Without a provider's key in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY,
            GEMINI_API_KEY …) a simulated provider answers for every model, at the model's price.

            """
        );

    private async Task<Project> ProjectAsync(CancellationToken ct)
    {
        if (EmailAddress.Read(Email).Denied(out _, out var email))
        {
            throw new InvariantBrokenException("The demo's address is an address.");
        }

        var person = await people.FindOrCreateAsync(email);
        if (await projects.FindBySlugAsync(Slug, ct) is { } known)
        {
            return known;
        }

        return (await projects.CreateAsync(person.Id, Name, Slug)).Denied(
            out var denial,
            out var project
        )
            ? throw new InvariantBrokenException($"The demo's project can be made: {denial}.")
            : project;
    }

    private async Task<string> KeyAsync(Project project, string? known, CancellationToken ct)
    {
        if (known is not null && await IsGoodAsync(known, ct))
        {
            return known;
        }

        var wish = new NewKey
        {
            Owner = project.Owner,
            Project = project.Id,
            Name = "Demo key",
        };
        return (await keys.MintAsync(wish)).Denied(out var denial, out var minted)
            ? throw new InvariantBrokenException($"The demo's key can be made: {denial}.")
            : minted.Secret;
    }

    private async ValueTask<bool> IsGoodAsync(string secret, CancellationToken ct) =>
        !(await keys.AuthenticateAsync(secret.AsMemory(), default, ct)).Denied(out _, out _);

    private async Task<string> TokenAsync(string? known, CancellationToken ct) =>
        known is not null && await tokens.VerifyAsync(known.AsMemory(), ct)
            ? known
            : await tokens.RollAsync();

    private NanoUsd StartingBalance()
    {
        const string Key = "Demo:BalanceCents";
        // The ledger takes no single credit above ten thousand dollars.
        const long CentsMax = 1_000_000;
        return configuration[Key] switch
        {
            null or "" => NanoUsd.FromCents(BalanceCents),
            var text
                when long.TryParse(
                    text,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var cents
                ) && cents is > 0 and <= CentsMax => NanoUsd.FromCents(cents),
            var text => throw new ConfigurationException(
                Key,
                text,
                $"whole US cents from 1 to {CentsMax}"
            ),
        };
    }

    private DemoFacts? Read()
    {
        try
        {
            return System.IO.File.Exists(File)
                ? JsonSerializer.Deserialize<DemoFacts>(System.IO.File.ReadAllBytes(File), s_json)
                : null;
        }
        catch (JsonException)
        {
            // Somebody edited it; it is written anew.
            return null;
        }
    }
}
