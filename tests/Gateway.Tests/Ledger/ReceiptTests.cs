using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Kernel;
using Arda.Gateway.Ledger;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.Storage;
using static Arda.Gateway.Tests.Ledger.Money;

namespace Arda.Gateway.Tests.Ledger;

public sealed class ReceiptTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StoreKind> Both => Stores.Both;

    // Case 5.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_receipt_tells_all_parts_of_a_charge_and_proves_itself(StoreKind kind)
    {
        await using var store = await OpenAsync(kind);
        await using var node = await LedgerNode.StartAsync(store);
        using var keys = NewKeys();
        var receipts = new Receipts(store.Database, keys);
        var payer = Payer(gatewayBps: 500, resellerBps: 2_000) with
        {
            Connection = ConnectionId.New(),
            App = AppId.New(),
        };
        await node.Credits.GrantPromoAsync(payer.Project, new(Cent), "welcome");
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        var hold = await node.HoldAsync(payer, 2 * Cent);
        hold.BookProgress(Facts(Cent / 2));
        await SettleAsync(hold, Cent);

        var receipt = await receipts.FindAsync(hold.Request.Id, payer.Project, Ct);
        var jws = receipts.Sign(receipt!);

        var json = ReceiptVerification.Verify(jws, keys.JwkSet);
        using var read = JsonDocument.Parse(json!);
        string Text(string name) => read.RootElement.GetProperty(name).GetString()!;
        Assert.Equal("10000000", Text("base_nano_usd"));
        Assert.Equal("500000", Text("gateway_markup_nano_usd"));
        Assert.Equal("2100000", Text("reseller_markup_nano_usd"));
        Assert.Equal("12600000", Text("total_nano_usd"));
        Assert.Equal("10000000", Text("promo_nano_usd"));
        Assert.Equal("2600000", Text("paid_nano_usd"));
        Assert.Equal("0", Text("absorbed_nano_usd"));
        Assert.Equal("25200000", Text("hold_nano_usd"));
        Assert.Equal("completed", Text("outcome"));
        Assert.Equal("up_1", Text("upstream_request_id"));
        Assert.Equal(20, read.RootElement.GetProperty("usage").GetProperty("output").GetInt32());
        await AssertBooksAsync(store, payer, (101 * Cent) - 12_600_000);
    }

    [Fact]
    public async Task A_receipt_of_another_project_is_not_found()
    {
        await using var store = await OpenAsync(StoreKind.Sqlite);
        await using var node = await LedgerNode.StartAsync(store);
        using var keys = NewKeys();
        var receipts = new Receipts(store.Database, keys);
        var payer = Payer();
        await node.Credits.TopupAsync(payer.Project, 100, "pi_1");
        var hold = await node.HoldAsync(payer, Cent);
        await SettleAsync(hold, Cent);

        Assert.NotNull(await receipts.FindAsync(hold.Request.Id, null, Ct));
        Assert.Null(await receipts.FindAsync(hold.Request.Id, ProjectId.New(), Ct));
        Assert.Null(await receipts.FindAsync(GenerationId.New(), null, Ct));
    }

    [Fact]
    public void A_changed_byte_a_strange_key_or_another_algorithm_proves_nothing()
    {
        using var keys = NewKeys();
        using var others = NewKeys();
        var jws = keys.Sign("""{"total_nano_usd":"1"}"""u8);
        Assert.Equal("""{"total_nano_usd":"1"}""", ReceiptVerification.Verify(jws, keys.JwkSet));

        var parts = jws.Split('.');
        var forged = Convert
            .ToBase64String(Encoding.UTF8.GetBytes("""{"total_nano_usd":"2"}"""))
            .TrimEnd('=');
        var none = Convert.ToBase64String("""{"alg":"none"}"""u8).TrimEnd('=');
        Assert.Null(ReceiptVerification.Verify($"{parts[0]}.{forged}.{parts[2]}", keys.JwkSet));
        Assert.Null(ReceiptVerification.Verify($"{none}.{parts[1]}.", keys.JwkSet));
        Assert.Null(ReceiptVerification.Verify(jws, others.JwkSet));
        Assert.Null(ReceiptVerification.Verify("nonsense", keys.JwkSet));
        Assert.Null(ReceiptVerification.Verify(jws, "{}"));
    }

    [Fact]
    public void The_key_file_is_made_once_and_read_by_its_owner_alone()
    {
        var directory = Directory.CreateTempSubdirectory("arda-keys-");
        try
        {
            var path = Path.Combine(directory.FullName, "receipt-signing.pem");
            using var first = ReceiptKeys.FromFile(path);
            using var second = ReceiptKeys.FromFile(path);

            Assert.Equal(first.KeyId, second.KeyId);
            if (!OperatingSystem.IsWindows())
            {
                var mode = File.GetUnixFileMode(path);
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_retired_key_stays_published_so_that_old_receipts_keep_their_proof()
    {
        using var old = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var oldKeys = ReceiptKeys.FromPem(old.ExportPkcs8PrivateKeyPem());
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = next.ExportPkcs8PrivateKeyPem() + "\n" + old.ExportSubjectPublicKeyInfoPem();
        using var keys = ReceiptKeys.FromPem(pem);

        Assert.NotEqual(oldKeys.KeyId, keys.KeyId);
        Assert.NotNull(ReceiptVerification.Verify(oldKeys.Sign("{}"u8), keys.JwkSet));
        Assert.NotNull(ReceiptVerification.Verify(keys.Sign("{}"u8), keys.JwkSet));
    }

    private static ReceiptKeys NewKeys()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return ReceiptKeys.FromPem(key.ExportPkcs8PrivateKeyPem());
    }
}
