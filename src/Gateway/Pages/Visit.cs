using System.Security.Cryptography;
using Arda.Gateway.Accounts;

namespace Arda.Gateway.Pages;

/// <summary>What all parts of one page share: who looks at it, and what its forms and scripts must
/// carry. One for each request.</summary>
public sealed class Visit
{
    public Session? Session { get; set; }

    public Person? Person => Session?.Person;

    /// <summary>Proves that a form was rendered for this browser.</summary>
    public string FormToken { get; set; } = "";

    /// <summary>Runs on this page alone; every page works without it.</summary>
    public string? Script { get; private set; }

    public string? Nonce { get; private set; }

    public void Run(string script)
    {
        Script = script;
        Nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    }
}
