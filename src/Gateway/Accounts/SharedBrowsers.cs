using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Accounts;

/// <summary>Browsers in which two people have signed in.</summary>
internal static class SharedBrowsers
{
    public static bool Any(DbConnection connection, UserId one, UserId other) =>
        connection.QueryOne(
            """
            SELECT COUNT(*) FROM known_browser a JOIN known_browser b ON b.visitor = a.visitor
            WHERE a.person = @one AND b.person = @other
            """,
            row => row.GetInt64(0),
            ("one", one.Value),
            ("other", other.Value)
        ) > 0;
}
