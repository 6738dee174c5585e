using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Ledger;
using Arda.Gateway.Pages.Parts;

namespace Arda.Gateway.Pages.Console;

/// <summary>A project with the figures that pages show beside its name.</summary>
public sealed record ProjectLine
{
    public required Project Project { get; init; }

    public required NanoUsd Balance { get; init; }

    /// <summary>Since the first of the month (UTC).</summary>
    public NanoUsd Month { get; init; }

    public NanoUsd Debt { get; init; }

    public bool Frozen { get; init; }
}

public sealed record OverviewModel
{
    public required IReadOnlyList<ProjectLine> Projects { get; init; }

    public required int Keys { get; init; }

    public required int Connections { get; init; }

    /// <summary>All projects together.</summary>
    public required IReadOnlyList<Bar> Days { get; init; }

    public bool IsOperator { get; init; }
}

public sealed record ProjectsModel
{
    public required IReadOnlyList<ProjectLine> Projects { get; init; }

    public string? Name { get; init; }

    public string? NameError { get; init; }

    public string? Slug { get; init; }

    public string? SlugError { get; init; }

    public string? Done { get; init; }
}

public sealed record ProjectModel
{
    public required ProjectLine Line { get; init; }

    public required string Name { get; init; }

    public string? NameError { get; init; }

    public string? CloseError { get; init; }
}

/// <summary>Which project a page is about, and which others it could be about.</summary>
public sealed record ProjectScope(Project Chosen, IReadOnlyList<Project> All, string Path);

public sealed record KeyLine
{
    public required ApiKey Key { get; init; }

    public required string ProjectName { get; init; }

    public NanoUsd SpentThisMonth { get; init; }

    public required DateTimeOffset Now { get; init; }

    public bool IsLive => Key.RevokedAt is null && !(Key.ExpiresAt <= Now);
}

public sealed record KeysModel
{
    public required IReadOnlyList<KeyLine> Live { get; init; }

    public required IReadOnlyList<KeyLine> Ended { get; init; }

    public required bool HasProject { get; init; }

    public string? Done { get; init; }
}

public sealed record NewKeyModel
{
    public required IReadOnlyList<Project> Projects { get; init; }

    public string? Project { get; init; }

    public string? Name { get; init; }

    public string? NameError { get; init; }

    public required IReadOnlyCollection<string> Scopes { get; init; }

    public string? ScopesError { get; init; }

    public string? MonthlyLimit { get; init; }

    public string? LimitError { get; init; }
}

public sealed record KeyMadeModel
{
    public required string Secret { get; init; }

    public required ApiKey Key { get; init; }

    public required string ProjectName { get; init; }

    public required string BaseUrl { get; init; }

    /// <summary>Until when the key in whose place this one came still works; null where there is
    /// none.</summary>
    public DateTimeOffset? OldWorksUntil { get; init; }

    public bool IsRolled { get; init; }
}

public sealed record KeyModel
{
    public required KeyLine Line { get; init; }

    public string? MonthlyLimit { get; init; }

    public string? LimitError { get; init; }

    public string? Done { get; init; }
}

public sealed record ConnectionLine
{
    public required ConnectionId Id { get; init; }

    public required string AppName { get; init; }

    public required string Publisher { get; init; }

    public string? VerifiedDomain { get; init; }

    public required string ProjectName { get; init; }

    public required ConnectionState State { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required int MarkupBps { get; init; }

    /// <summary>What the app asks for now, where that is more than was agreed to.</summary>
    public int? RaisedTo { get; init; }

    public NanoUsd? MonthlyLimit { get; init; }

    public required NanoUsd SpentThisMonth { get; init; }

    public DateOnly? LastUsedOn { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required int Keys { get; init; }

    public bool AppSuspended { get; init; }
}

public sealed record ConnectionsModel
{
    public required IReadOnlyList<ConnectionLine> Live { get; init; }

    public required IReadOnlyList<ConnectionLine> Ended { get; init; }

    public string? Done { get; init; }
}

public sealed record ConnectionModel
{
    public required ConnectionLine Line { get; init; }

    public string? MonthlyLimit { get; init; }

    public string? LimitError { get; init; }

    public string? Done { get; init; }
}

public sealed record UsageModel
{
    public required ProjectScope Scope { get; init; }

    public required int Days { get; init; }

    public required UsageSummary Summary { get; init; }

    public required IReadOnlyList<Bar> Bars { get; init; }

    /// <summary>What ids are called.</summary>
    public required IReadOnlyDictionary<string, string> Names { get; init; }
}

public sealed record ReceiptsModel
{
    public required ProjectScope Scope { get; init; }

    public required IReadOnlyList<UsageLine> Lines { get; init; }

    public required IReadOnlyDictionary<string, string> Names { get; init; }

    /// <summary>Where older ones begin; null at the end.</summary>
    public string? OlderUrl { get; init; }

    public bool IsFirstPage { get; init; }
}

/// <param name="Name">In words.</param>
/// <param name="Value">As the receipt has it.</param>
public sealed record ReceiptFact(string Name, string Value);

public sealed record ReceiptModel
{
    public required Receipt Receipt { get; init; }

    public required string ProjectName { get; init; }

    public required string Payer { get; init; }

    public required IReadOnlyList<ReceiptFact> Usage { get; init; }

    public required IReadOnlyList<ReceiptFact> UnitPrices { get; init; }

    public required IReadOnlyList<ReceiptFact> Route { get; init; }

    /// <summary>Signed: anyone can check it without asking us.</summary>
    public required string Jws { get; init; }
}
