using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Arda.Gateway.Kernel;
using FsCheck;
using FsCheck.Fluent;

namespace Arda.Gateway.Tests.Kernel;

public sealed partial class SecretsTests
{
    private const string Alphabet =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    [Fact]
    public void A_new_key_has_the_published_form_and_verifies()
    {
        for (var i = 0; i < 1_000; i++)
        {
            var key = Secrets.New(Secrets.ApiKey);
            Assert.Matches(Published(), key);
            Assert.True(Secrets.IsWellFormed(key, Secrets.ApiKey));
        }
    }

    [Fact]
    public void The_checksum_is_the_crc_that_leak_scanners_compute()
    {
        // The published check value, and a key whose checksum is worked out another way.
        Assert.Equal(0xCBF43926u, Secrets.Crc32("123456789"));
        Assert.True(
            Secrets.IsWellFormed(
                "gw_sk_" + new string('0', 43) + ChecksumOf("gw_sk_" + new string('0', 43)),
                Secrets.ApiKey
            )
        );
    }

    [Fact]
    public void A_key_is_of_one_kind_only()
    {
        var prefixes = Secrets.Kinds.Select(kind => kind.Prefix).ToList();
        foreach (var made in prefixes)
        {
            var secret = Secrets.New(made);
            Assert.Equal([made], prefixes.Where(p => Secrets.IsWellFormed(secret, p)));
            Assert.All(
                prefixes.Where(p => p != made),
                other => Assert.False(Secrets.IsWellFormed(other + secret[6..], other))
            );
        }
    }

    // A CRC-32 sees every change inside 32 bits, so a single character never slips through.
    [Fact]
    public void No_change_of_a_single_character_verifies()
    {
        var change =
            from at in Gen.Choose(0, Secrets.Length - 1)
            from to in Gen.Elements(Alphabet.AsEnumerable())
            select (at, to);
        Prop.ForAll(
                change.ToArbitrary(),
                c =>
                {
                    var key = Secrets.New(Secrets.ApiKey).ToCharArray();
                    var isSame = key[c.at] == c.to;
                    key[c.at] = c.to;
                    return Secrets.IsWellFormed(key, Secrets.ApiKey) == isSame;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    [Fact]
    public void Swapped_neighbours_case_flips_and_cut_keys_do_not_verify()
    {
        for (var round = 0; round < 200; round++)
        {
            var key = Secrets.New(Secrets.ApiKey);
            for (var i = 0; i < key.Length - 1; i++)
            {
                var swapped = key.ToCharArray();
                (swapped[i], swapped[i + 1]) = (swapped[i + 1], swapped[i]);
                var flipped = key.ToCharArray();
                flipped[i] = char.IsAsciiLetterLower(key[i])
                    ? char.ToUpperInvariant(key[i])
                    : char.ToLowerInvariant(key[i]);
                Assert.Equal(key[i] == key[i + 1], Verifies(swapped));
                Assert.Equal(!char.IsAsciiLetter(key[i]), Verifies(flipped));
                Assert.False(Verifies(key.AsSpan(0, i)));
            }

            Assert.False(Verifies(key + "0"));
            Assert.False(Verifies(" " + key));
        }
    }

    [Fact]
    public void Junk_of_the_right_shape_verifies_no_more_often_than_its_checksum_allows()
    {
        var hits = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var junk = "gw_sk_" + RandomNumberGenerator.GetString(Alphabet, 49);
            hits += Secrets.IsWellFormed(junk, Secrets.ApiKey) ? 1 : 0;
        }

        // One in fifty thousand million is expected; two would be a broken check.
        Assert.InRange(hits, 0, 1);
    }

    [Fact]
    public void Every_character_is_as_likely_at_every_place()
    {
        const int Keys = 20_000;
        var counts = new int[43, 62];
        for (var i = 0; i < Keys; i++)
        {
            var key = Secrets.New(Secrets.ApiKey);
            for (var at = 0; at < 43; at++)
            {
                counts[at, Alphabet.IndexOf(key[6 + at], StringComparison.Ordinal)]++;
            }
        }

        const double Expected = Keys / 62.0;
        for (var at = 0; at < 43; at++)
        {
            var chiSquare = 0.0;
            for (var c = 0; c < 62; c++)
            {
                chiSquare += Math.Pow(counts[at, c] - Expected, 2) / Expected;
            }

            // 61 degrees of freedom: above 150 once in 10^9 fair tables; a modulo bias gives 700.
            Assert.InRange(chiSquare, 10, 150);
        }
    }

    [Fact]
    public void The_hash_is_plain_sha_256_and_the_hint_shows_eight_characters()
    {
        var key = Secrets.New(Secrets.ApiKey);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))),
            Secrets.HashOf(key).ToString()
        );
        Assert.Equal($"{key[..10]}…{key[^4..]}", Secrets.HintOf(key));
        Assert.Equal(Secrets.HashOf(key), Secrets.HashOf(new string(key.AsSpan())));
    }

    private static bool Verifies(ReadOnlySpan<char> text) =>
        Secrets.IsWellFormed(text, Secrets.ApiKey);

    private static string ChecksumOf(string text)
    {
        // Bit by bit, so that it shares no table with the code it checks.
        var crc = uint.MaxValue;
        foreach (var b in Encoding.ASCII.GetBytes(text))
        {
            crc ^= b;
            for (var i = 0; i < 8; i++)
            {
                crc = (crc >> 1) ^ (0xEDB88320u * (crc & 1));
            }
        }

        var rest = (long)~crc;
        var digits = "";
        for (var i = 0; i < 6; i++, rest /= 62)
        {
            digits = Alphabet[(int)(rest % 62)].ToString(CultureInfo.InvariantCulture) + digits;
        }

        return digits;
    }

    [GeneratedRegex(@"^gw_sk_[0-9A-Za-z]{49}$", RegexOptions.None, 1000)]
    private static partial Regex Published();
}
