using System.Globalization;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;

namespace Arda.Gateway.Tests.Keys;

public sealed class KnownKeysTests
{
    private static readonly SecretHash s_hash = Secrets.HashOf(Secrets.New(Secrets.ApiKey));
    private static readonly KeyId s_key = KeyId.New();

    [Theory]
    [InlineData(KeyChanges.KeyRevoked, null)]
    [InlineData(KeyChanges.Key, null)]
    [InlineData(KeyChanges.Connection, "con_a")]
    [InlineData(KeyChanges.App, "gw_app_a")]
    [InlineData(KeyChanges.AppSuspended, "gw_app_a")]
    public async Task What_changed_while_it_was_read_is_read_again(string kind, string? id)
    {
        var known = new KnownKeys(new KeyOptions(), TimeProvider.System);
        var reads = 0;

        var learned = await known.LearnAsync(
            s_hash,
            () =>
            {
                reads++;
                if (reads == 1)
                {
                    // The feed hears of it after the store has answered with the old row.
                    known.Apply(new Change(1, kind, id ?? s_key.Value));
                    return new(Row(ended: null));
                }

                return new(Row(new Denial.KeyRevoked()));
            }
        );

        Assert.Equal(2, reads);
        Assert.NotNull(learned!.Row.Ended);
        Assert.NotNull(known.Find(s_hash)!.Row.Ended);
    }

    [Fact]
    public async Task A_log_that_never_rests_leaves_nothing_in_memory_that_may_be_old()
    {
        var known = new KnownKeys(new KeyOptions(), TimeProvider.System);
        var reads = 0;
        var learned = await known.LearnAsync(
            s_hash,
            () =>
            {
                known.Apply(new Change(++reads, KeyChanges.Key, s_key.Value));
                return new(Row(ended: null));
            }
        );
        Assert.NotNull(learned);
        Assert.Null(known.Find(s_hash));
        Assert.InRange(reads, 2, 10);
    }

    [Theory]
    [InlineData(KeyChanges.Key, "key_other", true)]
    [InlineData(KeyChanges.Connection, "con_b", true)]
    [InlineData(KeyChanges.App, "gw_app_b", true)]
    [InlineData("project", "prj_a", true)]
    [InlineData(KeyChanges.Connection, "con_a", false)]
    [InlineData(KeyChanges.App, "gw_app_a", false)]
    public async Task A_change_makes_forget_what_it_names_and_nothing_else(
        string kind,
        string id,
        bool isKept
    )
    {
        var known = new KnownKeys(new KeyOptions(), TimeProvider.System);
        await known.LearnAsync(s_hash, () => new(Row(ended: null)));
        known.Apply(new Change(1, kind, id));
        Assert.Equal(isKept, known.Find(s_hash) is not null);
    }

    [Fact]
    public async Task A_flood_of_changes_never_hides_the_one_that_matters()
    {
        var known = new KnownKeys(new KeyOptions(), TimeProvider.System);
        for (var before = 0; before < 3; before++)
        {
            await known.LearnAsync(s_hash, () => new(Row(ended: null)));
            known.Apply(new Change(1, KeyChanges.Key, s_key.Value));
            for (var i = 0; i < SeenChanges.IdsMax * (before + 1); i++)
            {
                known.Apply(
                    new Change(
                        2,
                        KeyChanges.Key,
                        "key_" + i.ToString("x", CultureInfo.InvariantCulture)
                    )
                );
            }

            Assert.Null(known.Find(s_hash));
        }

        await known.LearnAsync(s_hash, () => new(Row(ended: null)));
        Assert.NotNull(known.Find(s_hash));
    }

    private static CallerRow Row(Denial? ended) =>
        new()
        {
            Ended = ended,
            LastUsedDay = 0,
            Caller = new Caller
            {
                Key = s_key,
                Owner = new UserId("usr_a"),
                Project = new ProjectId("prj_a"),
                App = new AppId("gw_app_a"),
                Connection = new ConnectionId("con_a"),
                Scopes = [Scopes.Inference],
                RequestsPerMinute = 1,
            },
        };
}
