using System.Text.RegularExpressions;

namespace Arda.Gateway.Tests.House;

/// <summary>The plan of ARCHITECTURE.md, enforced: floors, owners and doors.</summary>
public sealed partial class RoomsTests
{
    private static readonly Dictionary<string, int> Floors = new(StringComparer.Ordinal)
    {
        ["Kernel"] = 0,
        ["Wire"] = 1,
        ["Storage"] = 2,
        ["Http"] = 2,
        ["Catalog"] = 3,
        ["Accounts"] = 3,
        ["Keys"] = 3,
        ["Ledger"] = 3,
        ["Routing"] = 4,
        ["Providers"] = 4,
        ["Payments"] = 4,
        ["Developers"] = 5,
        ["Planning"] = 5,
        ["OAuth"] = 6,
        ["Billing"] = 6,
        ["Inference"] = 6,
        ["Operator"] = 6,
        ["Pages"] = 7,
    };

    [Fact]
    public void A_room_uses_rooms_on_lower_floors_only()
    {
        var broken = ServerFiles()
            .SelectMany(file => UsedRooms(File.ReadAllText(file)).Select(used => (file, used)))
            .Where(pair => Breaks(RoomOf(pair.file), pair.used))
            .Select(pair => $"{Name(pair.file)} uses {pair.used}")
            .ToList();
        Assert.Empty(broken);
    }

    [Theory]
    [InlineData("Ledger", "Keys", true)]
    [InlineData("Http", "Storage", true)]
    [InlineData("Kernel", "Wire", true)]
    [InlineData("Inference", "Ledger", false)]
    [InlineData("Ledger", "Ledger", false)]
    public void A_planted_violation_is_seen(string room, string uses, bool breaks)
    {
        var used = Assert.Single(UsedRooms($"using Arda.Gateway.{uses}.Deep;\nclass X;"));
        Assert.Equal(breaks, Breaks(room, used));
    }

    [Fact]
    public void Every_folder_of_the_server_is_a_room_with_a_floor()
    {
        var rooms = Directory
            .EnumerateDirectories(Checkout.Server)
            .Select(path => Path.GetFileName(path)!)
            .Where(name => name is not ("bin" or "obj" or "Properties"))
            .Where(name =>
                Directory.EnumerateFileSystemEntries(Path.Combine(Checkout.Server, name)).Any()
            );
        Assert.Empty(rooms.Except(Floors.Keys));
    }

    [Theory]
    [InlineData(
        @"\b(INSERT INTO|UPDATE|DELETE FROM)\s+(wallet|lease|charge|transfer|acct|lot|flush|hold_journal)\b",
        "Ledger"
    )]
    [InlineData(@"\b(SqliteConnection|NpgsqlConnection|SqliteCommand|NpgsqlCommand)\b", "Storage")]
    [InlineData(
        @"\b(SocketsHttpHandler|HttpMessageInvoker|HttpClient)\b",
        "Providers|Payments|Accounts"
    )]
    // The ledger's accounts are named as its page names them; they are words, not knowledge.
    [InlineData(@"(?i)stripe(?!_?cash|_?fees)", "Payments")]
    // The simulated payment provider speaks its own API's errors, which share a word with ours.
    [InlineData("\"invalid_request_error\"|\"billing_error\"", "Wire|Http|Payments")]
    public void What_has_one_owner_is_written_there_alone(string pattern, string owners)
    {
        var allowed = owners.Split('|');
        var strangers = ServerFiles()
            .Where(file => !allowed.Contains(RoomOf(file)))
            .Where(file =>
                Regex.IsMatch(Code(file), pattern, RegexOptions.None, TimeSpan.FromSeconds(5))
            )
            .Select(Name);
        Assert.Empty(strangers);
    }

    private static bool Breaks(string room, string used) =>
        room.Length > 0 && room != used && Floors[used] >= Floors[room];

    private static IEnumerable<string> UsedRooms(string code) =>
        UsingLine()
            .Matches(code)
            .Select(m => m.Groups[1].Value)
            .Where(Floors.ContainsKey)
            .Distinct();

    private static IEnumerable<string> ServerFiles() => Checkout.Files(Checkout.Server, "*.cs");

    private static string RoomOf(string file)
    {
        var segments = Checkout.Segments(file);
        return segments.Length > 3 ? segments[2] : "";
    }

    private static string Name(string file) => string.Join('/', Checkout.Segments(file));

    private static string Code(string file) =>
        string.Join(
            '\n',
            File.ReadLines(file)
                .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
        );

    // Both a using at the top and a full name in the text cross a floor.
    [GeneratedRegex(@"\bArda\.Gateway\.(\w+)", RegexOptions.None, 5000)]
    private static partial Regex UsingLine();
}
