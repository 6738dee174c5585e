using Arda.Gateway.Accounts;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Accounts;

public sealed class AccountsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task One_address_is_one_account_however_it_is_written(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var people = new People(store.Database);

        var made = await Task.WhenAll(
            new[] { "Ada@Example.com", " ada@example.COM", "ADA@EXAMPLE.COM" }.Select(text =>
                people.FindOrCreateAsync(Email(text))
            )
        );

        Assert.Single(made.Select(person => person.Id).Distinct());
        var found = await people.FindByEmailAsync(Email("ada@example.com"), Ct);
        Assert.Equal(made[0].Id, found!.Id);
        Assert.Equal(found, await people.FindAsync(found.Id, Ct));
        Assert.StartsWith("usr_", found.Id.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("@example.com")]
    [InlineData("ada@")]
    [InlineData("ada@localhost")]
    [InlineData("ada@example..com")]
    [InlineData("ada@example.com.")]
    [InlineData("ada lovelace@example.com")]
    [InlineData("Ada <ada@example.com>")]
    [InlineData("ada@example.com\r\nBcc: x@example.com")]
    [InlineData("\u0430da@example.com")]
    public void What_is_no_plain_address_is_refused(string text)
    {
        Assert.True(EmailAddress.Read(text).Denied(out var denial, out _));
        Assert.Equal("email", Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    [Fact]
    public void A_domain_of_any_script_has_one_form()
    {
        Assert.Equal("a@xn--bcher-kva.example", Email("A@Bücher.example").Canonical);
        Assert.Equal("a@xn--bcher-kva.example", Email("a@xn--bcher-kva.example").Canonical);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Projects_of_one_name_get_slugs_of_their_own(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var projects = new Projects(store.Database);
        var owner = UserId.New();

        var first = Value(await projects.CreateAsync(owner, " My  Great Project! "));
        var second = Value(await projects.CreateAsync(owner, "My great project"));
        var nameless = Value(await projects.CreateAsync(owner, "日本"));

        Assert.Equal(("my-great-project", "My  Great Project!"), (first.Slug, first.Name));
        Assert.Matches("^my-great-project-[a-z0-9]{6}$", second.Slug);
        Assert.Equal("project", nameless.Slug);
        Assert.Equivalent(
            new[] { first, second, nameless },
            await projects.ListAsync(owner, Ct),
            strict: true
        );
        Assert.Empty(await projects.ListAsync(UserId.New(), Ct));
        Assert.Equal(second, await projects.FindAsync(second.Id, Ct));
        Assert.Equal(first, await projects.FindBySlugAsync("my-great-project", Ct));
        Assert.StartsWith("prj_", first.Id.Value, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_slug_that_was_wished_for_is_given_once(StoreKind kind)
    {
        await using var store = await Stores.OpenAsync(kind, AccountsSchema.Migrations);
        var projects = new Projects(store.Database);

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => projects.CreateAsync(UserId.New(), "A", "a-team"))
        );

        Assert.Equal(7, outcomes.Count(outcome => outcome.Denied(out _, out _)));
        var taken = outcomes.First(outcome => outcome.Denied(out _, out _));
        Assert.True(taken.Denied(out var denial, out _));
        Assert.Equal("slug", Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("A-Team")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a--b")]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("../etc")]
    [InlineData("this-slug-is-longer-than-forty-eight-characters-x")]
    public async Task A_slug_that_is_no_plain_name_is_refused(string slug)
    {
        await using var store = await Stores.OpenAsync(StoreKind.Sqlite, AccountsSchema.Migrations);
        var outcome = await new Projects(store.Database).CreateAsync(UserId.New(), "A", slug);
        Assert.True(outcome.Denied(out var denial, out _));
        Assert.Equal("slug", Assert.IsType<Denial.InvalidRequest>(denial).Param);
    }

    private static EmailAddress Email(string text) => Value(EmailAddress.Read(text));

    private static T Value<T>(Outcome<T> outcome)
        where T : class
    {
        Assert.False(outcome.Denied(out var denial, out var value), denial?.ToString());
        return value!;
    }
}
