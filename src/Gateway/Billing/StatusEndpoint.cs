using System.Buffers;
using System.Text.Json;
using Arda.Gateway.Accounts;
using Arda.Gateway.Http;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Billing;

/// <summary>What a key's holder may know about who pays: project, balance, scopes, app.</summary>
internal static class StatusEndpoint
{
    public static async Task AnswerAsync(
        HttpContext http,
        ApiKeys keys,
        Projects projects,
        Credits credits,
        LedgerOptions ledger,
        EdgeOptions edge
    )
    {
        var ct = http.RequestAborted;
        var known = await keys.AuthenticateAsync(PresentedKey.Of(http.Request), ct);
        if (known.Denied(out var denial, out var caller))
        {
            await Errors.WriteAsync(http, denial, WireFormat.OpenAiChat);
            return;
        }

        RequestFacts.Of(http).App = caller.App;
        if (caller.Lacks(Scopes.BalanceRead) is { } notAllowed)
        {
            await Errors.WriteAsync(http, notAllowed, WireFormat.OpenAiChat);
            return;
        }

        var project = await projects.FindAsync(caller.Project, ct);
        Invariant.Holds(project is not null, "A key's project exists.");
        // A project that nobody paid for yet has no wallet, and nothing to spend.
        var balance = (await credits.ReadAsync(caller.Project, ct))?.Balance ?? NanoUsd.Zero;
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = WireJson.NewWriter(body))
        {
            json.WriteStartObject();
            WriteProject(json, project);
            WriteBalance(json, balance, ledger.LowBelow);
            WriteList(json, "topup_amounts_cents"u8, edge.TopupAmountsCents);
            WriteKey(json, caller);
            json.WriteEndObject();
        }

        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.Body.WriteAsync(body.WrittenMemory, ct);
    }

    private static void WriteProject(Utf8JsonWriter json, Project project)
    {
        json.WriteStartObject("project"u8);
        json.WriteString("id"u8, project.Id.Value);
        json.WriteString("slug"u8, project.Slug);
        json.WriteString("name"u8, project.Name);
        json.WriteEndObject();
    }

    private static void WriteBalance(Utf8JsonWriter json, NanoUsd balance, NanoUsd lowBelow)
    {
        json.WriteStartObject("balance"u8);
        json.WriteNumber("balance_cents"u8, balance.CentsFloor);
        json.WriteString("warning"u8, balance < lowBelow ? "low" : null);
        json.WriteEndObject();
    }

    private static void WriteList(
        Utf8JsonWriter json,
        ReadOnlySpan<byte> name,
        IReadOnlyList<long> cents
    )
    {
        json.WriteStartArray(name);
        foreach (var amount in cents)
        {
            json.WriteNumberValue(amount);
        }

        json.WriteEndArray();
    }

    private static void WriteKey(Utf8JsonWriter json, Caller caller)
    {
        json.WriteStartArray("scopes"u8);
        foreach (var scope in caller.Scopes)
        {
            json.WriteStringValue(scope);
        }

        json.WriteEndArray();
        if (caller.App is not { } app)
        {
            json.WriteNull("app"u8);
            return;
        }

        json.WriteStartObject("app"u8);
        json.WriteString("client_id"u8, app.Value);
        json.WriteNumber("reseller_markup_bps"u8, caller.ResellerMarkupBps);
        json.WriteEndObject();
    }
}
