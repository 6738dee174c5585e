using System.Net;
using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Keys;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Hosting;
using Arda.Gateway.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>Accounts and projects that end, and what ends with them.</summary>
public sealed class AccountEndTests
{
    private const string Body =
        """{"model":"arda/auto","messages":[{"role":"user","content":"Hello"}]}""";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // SE08: an address that is registered again is somebody else.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE08_a_deleted_and_re_registered_address_is_a_new_person(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var (here, there) = (new Browser(node), new Browser(node));
        using var device = new SoftwareAuthenticator();
        await there.SignInAsync("a@example.com");
        var session = await here.SignInAsync("a@example.com");
        await node.Passkeys.AddAsync(here, session, device, "a");
        var project = Value(await node.Projects.CreateAsync(session.Person.Id, "Mine"));
        var ended = new List<UserId>();
        node.Deletion.OnDeleted(
            (person, _) =>
            {
                ended.Add(person);
                return Task.CompletedTask;
            }
        );

        await node.Deletion.DeleteAsync(session.Person.Id, Ct);
        await node.Deletion.DeleteAsync(session.Person.Id, Ct);

        Assert.All(ended, person => Assert.Equal(session.Person.Id, person));
        Assert.Null(await here.SessionAsync());
        Assert.Null(await there.SessionAsync());
        Assert.Null(await node.People.FindAsync(session.Person.Id, Ct));
        Assert.Equal(ProjectState.Closed, (await node.Projects.FindAsync(project.Id, Ct))!.State);
        var begin = here.Request();
        var options = await node.Passkeys.BeginSignInAsync(begin);
        Assert.Null(await node.Passkeys.VerifyAsync(here.Request(), device.Get(options)));
        var again = await here.SignInAsync("A@example.com");
        Assert.NotEqual(session.Person.Id, again.Person.Id);
        Assert.Empty(await node.Projects.ListAsync(again.Person.Id, Ct));
        Assert.Empty(await node.Passkeys.ListAsync(again.Person.Id, Ct));
    }

    // SE08: old keys are dead, in the whole gateway.
    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task SE08_the_keys_of_a_deleted_account_are_dead(StoreKind kind)
    {
        await using var host = await GatewayHost.StartAsync(
            new GatewayHostOptions { Store = kind }
        );
        using var before = await host.PostAsync("/v1/chat/completions", Body);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        var owner = await OwnerAsync(host);

        await host.Services.GetRequiredService<AccountDeletion>().DeleteAsync(owner.Id, Ct);

        using var after = await host.PostAsync("/v1/chat/completions", Body);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Contains("key_revoked", await after.Content.ReadAsStringAsync(Ct));
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_closed_projects_keys_and_connections_stop_and_no_others(StoreKind kind)
    {
        await using var host = await GatewayHost.StartAsync(
            new GatewayHostOptions { Store = kind }
        );
        var projects = host.Services.GetRequiredService<Projects>();
        var keys = host.Services.GetRequiredService<ApiKeys>();
        var owner = await OwnerAsync(host);
        var closing = Value(await projects.CreateAsync(owner.Id, "Closing"));
        var minted = Value(
            await keys.MintAsync(
                new NewKey
                {
                    Owner = owner.Id,
                    Project = closing.Id,
                    Name = "Old",
                }
            )
        );
        var grant = new Connection
        {
            Id = ConnectionId.New(),
            Owner = owner.Id,
            Project = closing.Id,
            App = AppId.New(),
            Scopes = [Scopes.Inference],
            MarkupBps = 0,
        };
        await host.Services.GetRequiredService<Connections>().AgreeAsync(grant, Ct);

        var closed = Value(await projects.CloseAsync(closing.Id, owner.Id, Ct));

        Assert.Equal(ProjectState.Closed, closed.State);
        Assert.Equal(RevokeReason.Owner, (await keys.FindAsync(minted.Key.Id, Ct))!.RevokedBecause);
        await using var connection = await host.Database.OpenAsync(Ct);
        Assert.Equal(
            "revoked",
            connection.QueryOne(
                "SELECT state FROM connection WHERE id = @id",
                row => row.GetString(0),
                ("id", grant.Id.Value)
            )
        );
        using var other = await host.PostAsync("/v1/chat/completions", Body);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_project_is_renamed_and_closed_by_its_owner_alone(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var node = new AccountsNode(store.Database);
        var owner = (await node.PersonAsync("a@example.com")).Id;
        var stranger = (await node.PersonAsync("b@example.com")).Id;
        var made = Value(await node.Projects.CreateAsync(owner, "First", "first"));

        Assert.IsType<Denial.NotFound>(
            Why(await node.Projects.RenameAsync(made.Id, stranger, "Mine"))
        );
        Assert.IsType<Denial.InvalidRequest>(
            Why(await node.Projects.RenameAsync(made.Id, owner, " "))
        );
        Assert.IsType<Denial.InvalidRequest>(
            Why(await node.Projects.RenameAsync(made.Id, owner, "a\nb"))
        );
        var renamed = Value(await node.Projects.RenameAsync(made.Id, owner, " Second "));
        Assert.Equal(made with { Name = "Second" }, renamed);
        Assert.IsType<Denial.NotFound>(Why(await node.Projects.CloseAsync(made.Id, stranger, Ct)));
        Value(await node.Projects.CloseAsync(made.Id, owner, Ct));
        Value(await node.Projects.CloseAsync(made.Id, owner, Ct));
        Assert.IsType<Denial.NotFound>(
            Why(await node.Projects.RenameAsync(made.Id, owner, "Third"))
        );
    }

    private static async Task<Person> OwnerAsync(GatewayHost host) =>
        (
            await host
                .Services.GetRequiredService<People>()
                .FindByEmailAsync(AccountsNode.EmailOf("demo@example.com"), Ct)
        )!;

    private static T Value<T>(Outcome<T> outcome)
        where T : notnull
    {
        Assert.False(outcome.Denied(out var denial, out var value), $"{denial}");
        return value!;
    }

    private static Denial Why<T>(Outcome<T> outcome)
        where T : notnull
    {
        Assert.True(outcome.Denied(out var denial, out _));
        return denial!;
    }
}
