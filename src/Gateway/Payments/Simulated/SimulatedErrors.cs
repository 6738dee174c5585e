using System.Text.Json.Nodes;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>Error bodies of the API.</summary>
internal static class SimulatedErrors
{
    public static JsonObject Invalid(string code, string message) =>
        Of("invalid_request_error", code, message);

    public static JsonObject KeyReused() =>
        new()
        {
            ["error"] = new JsonObject
            {
                ["type"] = "idempotency_error",
                ["message"] = "This key was first used with other parameters.",
            },
        };

    public static JsonObject Server() =>
        new()
        {
            ["error"] = new JsonObject
            {
                ["type"] = "api_error",
                ["message"] = "An unknown error occurred.",
            },
        };

    public static JsonObject Card(string code, string? declineCode, string? advice, string message)
    {
        var error = Of("card_error", code, message);
        var inner = error["error"]!.AsObject();
        if (declineCode is not null)
        {
            inner["decline_code"] = declineCode;
        }

        if (advice is not null)
        {
            inner["advice_code"] = advice;
        }

        return error;
    }

    /// <summary>What is answered without anything having happened.</summary>
    public static SimulatedAnswer? Before(SimulatedFault? fault) =>
        fault switch
        {
            SimulatedFault.RateLimited => Answer(429, "rate_limit", "Too many requests."),
            SimulatedFault.LockTimeout => Answer(429, "lock_timeout", "The object is in use."),
            SimulatedFault.KeyInUse => Answer(
                409,
                "idempotency_key_in_use",
                "A request with this key is at work."
            ),
            SimulatedFault.KeyRevoked => Answer(401, "api_key_expired", "Expired API key."),
            SimulatedFault.Down => new SimulatedAnswer(503, Server().ToJsonString()),
            _ => null,
        };

    private static SimulatedAnswer Answer(int status, string code, string message) =>
        new(status, Invalid(code, message).ToJsonString());

    private static JsonObject Of(string type, string code, string message) =>
        new()
        {
            ["error"] = new JsonObject
            {
                ["type"] = type,
                ["code"] = code,
                ["message"] = message,
            },
        };
}
