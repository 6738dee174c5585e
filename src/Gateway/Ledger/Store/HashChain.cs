using System.Security.Cryptography;
using System.Text;

namespace Arda.Gateway.Ledger.Store;

/// <summary>Each flush names the one before it, so that no row of the past can change unseen.</summary>
internal static class HashChain
{
    /// <param name="previous">Hash of the flush before; empty for a node's first.</param>
    /// <param name="flush">Its id.</param>
    /// <param name="rows">Texts of its rows, ordered by id and sequence.</param>
    public static string Next(string previous, string flush, IEnumerable<string> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{previous}\n{flush}\n"));
        foreach (var row in rows)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(row));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
