using System.Security.Cryptography;
using System.Text;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Ledger.Store;

/// <summary>Each flush names the one before it, so that no row of the past can change unseen.</summary>
internal static class HashChain
{
    /// <param name="previous">Hash of the flush before; empty for a node's first.</param>
    /// <param name="flush">Its id.</param>
    /// <param name="rows">Texts of its rows, ordered by id and sequence.</param>
    public static string Next(string previous, string flush, IEnumerable<string> rows)
    {
        using var text = new RentedBytes(8192);
        Encoding.UTF8.GetBytes($"{previous}\n{flush}\n", text);
        foreach (var row in rows)
        {
            Encoding.UTF8.GetBytes(row, text);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text.Written.Span, hash);
        return Convert.ToHexStringLower(hash);
    }
}
