using System.Buffers.Text;
using System.Data.Common;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Arda.Gateway.Accounts;

/// <summary>Passkeys in the store, and what Identity's handler asks of it. Identity changes nothing
/// here: people and their names are this room's own.</summary>
internal sealed class PasskeyRows(Database database, People people) : IUserPasskeyStore<Person>
{
    private const string InfoSql = """
        SELECT k.credential, k.public_key, k.created_at, k.sign_count, k.transports,
               k.is_user_verified, k.is_backup_eligible, k.is_backed_up, k.name
          FROM passkey k
        """;

    private const string SelectSql = "SELECT id, name, created_at, used_at FROM passkey";

    public static UserManager<Person> ManagerOf(PasskeyRows rows) =>
        new(
            rows,
            Options.Create(new IdentityOptions()),
            new PasswordHasher<Person>(),
            [],
            [],
            new UpperInvariantLookupNormalizer(),
            new IdentityErrorDescriber(),
            new NoServices(),
            NullLogger<UserManager<Person>>.Instance
        );

    /// <summary>Null when the person has as many as one may, or the credential is known already.</summary>
    public Task<Passkey?> AddAsync(UserId person, UserPasskeyInfo made, string name) =>
        database.WriteAsync(connection =>
        {
            // The row of the person is the lock: two at once must not both be the last that fits.
            var owner = connection.QueryOne(
                "SELECT id FROM person WHERE id = @id AND state = 'active'"
                    + connection.ForUpdate(),
                row => row.GetString(0),
                ("id", person.Value)
            );
            var count = connection.QueryOne(
                "SELECT COUNT(*) FROM passkey WHERE person = @person",
                row => row.GetInt64(0),
                ("person", person.Value)
            );
            return owner is not null && count < Passkeys.PerPersonMax
                ? Insert(connection, person, made, name)
                : null;
        });

    /// <summary>Notes the use; false when the passkey is gone or its counter went back, which says
    /// that there are two of it.</summary>
    public bool Use(DbConnection connection, UserPasskeyInfo used) =>
        connection.Execute(
            """
            UPDATE passkey
               SET sign_count = @count, is_backed_up = @backed_up, is_user_verified = @verified,
                   used_at = @now
             WHERE credential = @credential AND (sign_count < @count OR @count = 0)
            """,
            ("count", (long)used.SignCount),
            ("backed_up", used.IsBackedUp),
            ("verified", used.IsUserVerified),
            ("now", database.Now(connection)),
            ("credential", Base64Url.EncodeToString(used.CredentialId))
        ) == 1;

    public async Task<IReadOnlyList<Passkey>> ListAsync(UserId person, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return connection.Query(
            SelectSql + " WHERE person = @person ORDER BY id",
            Read,
            ("person", person.Value)
        );
    }

    public Task<Passkey?> RenameAsync(UserId person, string id, string name) =>
        database.WriteAsync(connection =>
            connection.QueryOne(
                """
                UPDATE passkey SET name = @name WHERE id = @id AND person = @person
                RETURNING id, name, created_at, used_at
                """,
                Read,
                ("name", name),
                ("id", id),
                ("person", person.Value)
            )
        );

    public Task<bool> RemoveAsync(UserId person, string id) =>
        database.WriteAsync(connection =>
            connection.Execute(
                "DELETE FROM passkey WHERE id = @id AND person = @person",
                ("id", id),
                ("person", person.Value)
            ) == 1
        );

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(
        Person user,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return connection.Query(
            InfoSql + " WHERE k.person = @person",
            ReadInfo,
            ("person", user.Id.Value)
        );
    }

    public async Task<Person?> FindByPasskeyIdAsync(
        byte[] credentialId,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var owner = connection.QueryOne(
            "SELECT person FROM passkey WHERE credential = @credential",
            row => row.GetString(0),
            ("credential", Base64Url.EncodeToString(credentialId))
        );
        return owner is null ? null : people.Find(connection, new UserId(owner));
    }

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(
        Person user,
        byte[] credentialId,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return connection.QueryOne(
            InfoSql + " WHERE k.person = @person AND k.credential = @credential",
            ReadInfo,
            ("person", user.Id.Value),
            ("credential", Base64Url.EncodeToString(credentialId))
        );
    }

    public Task<Person?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        people.FindAsync(new UserId(userId), cancellationToken);

    public Task<string> GetUserIdAsync(Person user, CancellationToken cancellationToken) =>
        Task.FromResult(user.Id.Value);

    public Task<string?> GetUserNameAsync(Person user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Email);

    // Identity's other acts are not used; a call would be a mistake of ours.
    Task IUserPasskeyStore<Person>.AddOrUpdatePasskeyAsync(
        Person user,
        UserPasskeyInfo passkey,
        CancellationToken cancellationToken
    ) => throw NotHere();

    Task IUserPasskeyStore<Person>.RemovePasskeyAsync(
        Person user,
        byte[] credentialId,
        CancellationToken cancellationToken
    ) => throw NotHere();

    Task IUserStore<Person>.SetUserNameAsync(Person user, string? userName, CancellationToken ct) =>
        throw NotHere();

    Task<string?> IUserStore<Person>.GetNormalizedUserNameAsync(
        Person user,
        CancellationToken ct
    ) => throw NotHere();

    Task IUserStore<Person>.SetNormalizedUserNameAsync(
        Person user,
        string? normalizedName,
        CancellationToken ct
    ) => throw NotHere();

    Task<IdentityResult> IUserStore<Person>.CreateAsync(Person user, CancellationToken ct) =>
        throw NotHere();

    Task<IdentityResult> IUserStore<Person>.UpdateAsync(Person user, CancellationToken ct) =>
        throw NotHere();

    Task<IdentityResult> IUserStore<Person>.DeleteAsync(Person user, CancellationToken ct) =>
        throw NotHere();

    Task<Person?> IUserStore<Person>.FindByNameAsync(
        string normalizedUserName,
        CancellationToken ct
    ) => throw NotHere();

    public void Dispose() { }

    private static InvariantBrokenException NotHere() =>
        new("Identity only reads passkeys; people are changed by this room's own acts.");

    private Passkey? Insert(
        DbConnection connection,
        UserId person,
        UserPasskeyInfo made,
        string name
    ) =>
        connection.QueryOne(
            """
            INSERT INTO passkey(id, credential, person, name, public_key, sign_count, transports,
                   is_user_verified, is_backup_eligible, is_backed_up, created_at)
            VALUES(@id, @credential, @person, @name, @public_key, @count, @transports, @verified,
                   @eligible, @backed_up, @now)
            ON CONFLICT(credential) DO NOTHING
            RETURNING id, name, created_at, used_at
            """,
            Read,
            ("id", Ids.Make("pky_")),
            ("credential", Base64Url.EncodeToString(made.CredentialId)),
            ("person", person.Value),
            ("name", name),
            ("public_key", Base64Url.EncodeToString(made.PublicKey)),
            ("count", (long)made.SignCount),
            ("transports", string.Join(' ', made.Transports ?? [])),
            ("verified", made.IsUserVerified),
            ("eligible", made.IsBackupEligible),
            ("backed_up", made.IsBackedUp),
            ("now", database.Now(connection))
        );

    private static Passkey Read(DbDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
            row.LongOrNull(3) is { } used ? DateTimeOffset.FromUnixTimeMilliseconds(used) : null
        );

    // Attestations are not asked for, so none is kept.
    private static UserPasskeyInfo ReadInfo(DbDataReader row) =>
        new(
            Base64Url.DecodeFromChars(row.GetString(0)),
            Base64Url.DecodeFromChars(row.GetString(1)),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
            checked((uint)row.GetInt64(3)),
            row.GetString(4).Split(' ', StringSplitOptions.RemoveEmptyEntries),
            row.GetInt64(5) != 0,
            row.GetInt64(6) != 0,
            row.GetInt64(7) != 0,
            [],
            []
        )
        {
            Name = row.GetString(8),
        };

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
