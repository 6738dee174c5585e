using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Arda.Gateway.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Arda.Gateway.Tests.Cli;

public sealed class ReceiptVerificationTests : IDisposable
{
    private const string Receipt = """{"id":"gen_1","total_nano_usd":"1234","model":"gpt-5"}""";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _key.Dispose();
        _stranger.Dispose();
    }

    private static string Encoded(byte[] bytes) => Base64Url.EncodeToString(bytes);

    private static string Jws(ECDsa key, string payload, string header)
    {
        var signed =
            $"{Encoded(Encoding.UTF8.GetBytes(header))}.{Encoded(Encoding.UTF8.GetBytes(payload))}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return $"{signed}.{Encoded(signature)}";
    }

    private string KeySet()
    {
        var q = _key.ExportParameters(includePrivateParameters: false).Q;
        return JsonSerializer.Serialize(
            new
            {
                keys = new[]
                {
                    new
                    {
                        kty = "EC",
                        crv = "P-256",
                        kid = "k1",
                        x = Encoded(q.X!),
                        y = Encoded(q.Y!),
                    },
                },
            }
        );
    }

    private async Task<ArdaProcess> VerifyAsync(string jws, string shown, params string[] more)
    {
        var answer = $$"""{"receipt":{{shown}},"jws":"{{jws}}"}""";
        await using var host = await EdgeHost.StartAsync(app =>
        {
            app.MapGet(
                "/v1/gateway/generations/{id}",
                () => Results.Text(answer, "application/json")
            );
            app.MapGet(
                "/v1/gateway/receipt-keys",
                () => Results.Text(KeySet(), "application/json")
            );
        });
        return await ArdaProcess.RunAsync([
            "generation",
            "gen_1",
            .. more,
            "--base-url",
            host.Address.ToString(),
            "--api-key",
            "gw_sk_test",
        ]);
    }

    private string Good => Jws(_key, Receipt, """{"alg":"ES256","kid":"k1"}""");

    [Fact]
    public async Task A_genuine_receipt_is_shown_and_said_to_hold()
    {
        var run = await VerifyAsync(Good, Receipt, "--verify", "--json");
        Assert.Equal((0, Receipt + "\n"), (run.ExitCode, run.Output));
        Assert.Contains(
            "The signature holds (ES256, key k1).",
            run.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Keys_from_a_file_need_no_word_of_the_gateway()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, KeySet(), TestContext.Current.CancellationToken);
            Assert.Equal(0, (await VerifyAsync(Good, Receipt, "--keys", file)).ExitCode);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_receipt_without_verify_is_only_shown()
    {
        var run = await VerifyAsync("none", Receipt, "--json");
        Assert.Equal((0, Receipt + "\n"), (run.ExitCode, run.Output));
    }

    public static TheoryData<string> Forgeries =>
        ["stranger", "changed", "shown", "none", "algorithm", "key", "other", "short"];

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_forged_receipt_ends_with_exit_code_1_and_shows_nothing(string forgery)
    {
        const string Header = """{"alg":"ES256","kid":"k1"}""";
        var parts = Good.Split('.');
        var raised = Receipt.Replace("1234", "9234", StringComparison.Ordinal);
        var (jws, shown) = forgery switch
        {
            "stranger" => (Jws(_stranger, Receipt, Header), Receipt),
            "changed" => (
                $"{parts[0]}.{Encoded(Encoding.UTF8.GetBytes(raised))}.{parts[2]}",
                raised
            ),
            "shown" => (Good, raised),
            "none" => (
                Encoded(Encoding.UTF8.GetBytes("""{"alg":"none","kid":"k1"}""")) + $".{parts[1]}.",
                Receipt
            ),
            "algorithm" => (Jws(_key, Receipt, """{"alg":"HS256","kid":"k1"}"""), Receipt),
            "key" => (Jws(_key, Receipt, """{"alg":"ES256","kid":"k2"}"""), Receipt),
            "other" => (
                Jws(_key, Receipt.Replace("gen_1", "gen_2", StringComparison.Ordinal), Header),
                Receipt.Replace("gen_1", "gen_2", StringComparison.Ordinal)
            ),
            _ => (Good[..^4], Receipt),
        };
        var run = await VerifyAsync(jws, shown, "--verify");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
    }
}
