using System.Runtime.CompilerServices;
using Arda.Gateway.Kernel;
using SQLitePCL;

namespace Arda.Gateway.Tests.Storage;

/// <summary>How SQLite runs in this process.</summary>
internal static class EmbeddedSqlite
{
    // Its statistics of memory lock a mutex of the whole process at each allocation, and thousands
    // of stores live here side by side.
    [ModuleInitializer]
    internal static void KeepNoMemoryStatistics()
    {
        Batteries_V2.Init();
        var done = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
        Invariant.Holds(done == raw.SQLITE_OK, "nothing has used SQLite before this");
    }
}
