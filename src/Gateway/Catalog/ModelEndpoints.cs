using System.Buffers;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Catalog;

/// <summary>Whether this caller may see the list: null when so. The room that knows keys is on this
/// floor, so Program.cs brings its answer here.</summary>
public delegate ValueTask<Denial?> ModelAccess(HttpContext http);

/// <summary>What the list of models depends on besides the catalog.</summary>
public sealed record ModelListing
{
    public required ModelAccess Access { get; init; }

    /// <summary>Whether the offer's provider is configured here. An offer that only rests after an
    /// error is still available.</summary>
    public required Func<Offer, bool> IsAvailable { get; init; }

    /// <summary>What the operator adds to the providers' prices; the prices shown contain it.</summary>
    public int GatewayMarkupBps { get; init; }
}

/// <summary>
/// The plain list of models, in OpenAI's shape and in Anthropic's. It shows what can be called now:
/// still sold, and by a provider that is configured.
/// </summary>
public static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder app, ModelListing listing)
    {
        var catalog = app.ServiceProvider.GetRequiredService<ModelCatalog>();
        var time = app.ServiceProvider.GetRequiredService<TimeProvider>();
        var models = new ListedModels(catalog, listing, time);
        app.MapGet("/v1/models", http => ListAsync(http, models, listing));
        // Ids contain slashes.
        app.MapGet("/v1/models/{**id}", http => FindAsync(http, models, listing));
    }

    private static async Task ListAsync(HttpContext http, ListedModels models, ModelListing listing)
    {
        var dialect = Dialects.Of(http.Request);
        if (await listing.Access(http) is { } denial)
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        var body = new ArrayBufferWriter<byte>(32 << 10);
        if (dialect != WireFormat.AnthropicMessages)
        {
            ModelJson.WriteOpenAiList(models.All(), models.PriceFactor, body);
        }
        else if (ModelPage.Read(http.Request.Query, models.All()).Denied(out denial, out var page))
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }
        else
        {
            ModelJson.WriteAnthropicList(page, body);
        }

        await WriteAsync(http, body.WrittenMemory);
    }

    private static async Task FindAsync(HttpContext http, ListedModels models, ModelListing listing)
    {
        var dialect = Dialects.Of(http.Request);
        if (await listing.Access(http) is { } denial)
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        if (models.Find(IdOf(http.Request)).Denied(out denial, out var model))
        {
            await Errors.WriteAsync(http, denial, dialect);
            return;
        }

        var body = new ArrayBufferWriter<byte>(1 << 10);
        if (dialect == WireFormat.AnthropicMessages)
        {
            ModelJson.WriteAnthropic(model, body);
        }
        else
        {
            ModelJson.WriteOpenAi(model, models.PriceFactor, body);
        }

        await WriteAsync(http, body.WrittenMemory);
    }

    // The clients escape the slash of an id, and that one escape the server leaves as it is.
    private static string IdOf(HttpRequest request) =>
        (request.RouteValues["id"] as string ?? "").Replace(
            "%2F",
            "/",
            StringComparison.OrdinalIgnoreCase
        );

    private static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> body)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
