using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Payments.Simulated;

/// <summary>What may go wrong between us and a payment provider, to be turned on in
/// tests.</summary>
internal enum SimulatedFault
{
    /// <summary>429, nothing happened.</summary>
    RateLimited,

    /// <summary>429 with lock_timeout, nothing happened.</summary>
    LockTimeout,

    /// <summary>409: the same key is at work.</summary>
    KeyInUse,

    /// <summary>401: the secret key was revoked.</summary>
    KeyRevoked,

    /// <summary>503, nothing happened.</summary>
    Down,

    /// <summary>It happened; the answer is a 500, and so is every replay of its key.</summary>
    ServerErrorAfterEffect,

    /// <summary>It happened; the answer never arrives.</summary>
    LostAfterEffect,

    /// <summary>As the last one, and the key is forgotten at once, as after a day.</summary>
    LostAndForgotten,
}

/// <summary>The next <paramref name="Times"/> calls whose path contains <paramref
/// name="Path"/>.</summary>
internal sealed record SimulatedTrouble(SimulatedFault Fault, string Path, int Times);

/// <summary>The next off-session charges end so, whatever the card.</summary>
internal sealed record SimulatedDecline(
    string Code,
    string? DeclineCode,
    string? Advice,
    int Times
);

/// <summary>All switches, as one stored value.</summary>
internal sealed record SimulatedSwitches
{
    public IReadOnlyList<SimulatedTrouble> Troubles { get; set; } = [];
    public SimulatedDecline? Decline { get; set; }

    /// <summary>How late events are sent.</summary>
    public long DelayMs { get; set; }

    /// <summary>How often each event is sent.</summary>
    public int Copies { get; set; } = 1;

    /// <summary>The newest first.</summary>
    public bool Reordered { get; set; }

    /// <summary>How many of the next events are never sent.</summary>
    public int Lost { get; set; }

    /// <summary>Signed with a wrong secret.</summary>
    public bool Forged { get; set; }

    /// <summary>How many of the next transfers find too little money, whatever the balance
    /// says.</summary>
    public int TransfersShort { get; set; }

    /// <summary>How many of the next transfers the account may not take.</summary>
    public int TransfersRefused { get; set; }

    /// <summary>Answers carry fields and values that no client knows.</summary>
    public bool Unfamiliar { get; set; }

    [JsonIgnore]
    public bool IsChanged { get; private set; }

    public SimulatedFault? TakeTrouble(string path)
    {
        var found = Troubles.FirstOrDefault(t => path.Contains(t.Path, StringComparison.Ordinal));
        if (found is null)
        {
            return null;
        }

        IsChanged = true;
        Troubles =
        [
            .. Troubles
                .Select(t => ReferenceEquals(t, found) ? t with { Times = t.Times - 1 } : t)
                .Where(t => t.Times > 0),
        ];
        return found.Fault;
    }

    public bool TakeLost(string type)
    {
        if (Lost <= 0 || type.StartsWith("charge.succeeded", StringComparison.Ordinal))
        {
            return false;
        }

        (Lost, IsChanged) = (Lost - 1, true);
        return true;
    }

    /// <returns>The code of a refusal; null for none.</returns>
    public string? TakeTransferRefusal()
    {
        if (TransfersShort > 0)
        {
            (TransfersShort, IsChanged) = (TransfersShort - 1, true);
            return "balance_insufficient";
        }

        if (TransfersRefused > 0)
        {
            (TransfersRefused, IsChanged) = (TransfersRefused - 1, true);
            return "transfers_not_allowed";
        }

        return null;
    }

    public SimulatedDecline? TakeDecline()
    {
        var found = Decline;
        if (found is not null)
        {
            Decline = found.Times > 1 ? found with { Times = found.Times - 1 } : null;
            IsChanged = true;
        }

        return found;
    }

    public string ToJson() =>
        JsonSerializer.Serialize(this, SimulatedJsonContext.Default.SimulatedSwitches);

    public static SimulatedSwitches? Parse(string json) =>
        JsonSerializer.Deserialize(json, SimulatedJsonContext.Default.SimulatedSwitches);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(SimulatedSwitches))]
internal sealed partial class SimulatedJsonContext : JsonSerializerContext;
