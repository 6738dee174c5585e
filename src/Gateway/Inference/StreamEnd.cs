namespace Arda.Gateway.Inference;

/// <summary>How a stream came to its end; decides what is charged and what the client sees.</summary>
internal enum StreamEnd
{
    /// <summary>Charged in full.</summary>
    Complete,

    /// <summary>The hold or the time ran out: charged for what was delivered, ends with "length".</summary>
    Truncated,

    /// <summary>The client hung up: charged for what was received until then.</summary>
    ClientLeft,

    /// <summary>The key was revoked or the ledger is gone: charged for what was delivered, ends
    /// with an error.</summary>
    Cut,

    /// <summary>Free for the user, the operator absorbs (ruling 6).</summary>
    ProviderFailed,
}
