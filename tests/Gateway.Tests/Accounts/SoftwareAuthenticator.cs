using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arda.Gateway.Tests.Accounts;

/// <summary>
/// A passkey as a device makes it (WebAuthn level 3): its own P-256 key, authenticator data byte by
/// byte, COSE and CBOR, and the JSON that a browser's <c>credential.toJSON()</c> gives.
/// </summary>
internal sealed class SoftwareAuthenticator(string origin = "http://localhost:8787") : IDisposable
{
    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;
    private const byte BackupEligible = 0x08;
    private const byte BackedUp = 0x10;
    private const byte HasCredential = 0x40;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _id = RandomNumberGenerator.GetBytes(32);
    private string _userHandle = "";

    public uint Counter { get; set; }

    public string Origin { get; set; } = origin;

    public bool VerifiesItsUser { get; set; } = true;

    public bool CrossOrigin { get; set; }

    /// <summary>Another RP than the one that asks, as a phishing page would make a device sign.</summary>
    public string? RpId { get; set; }

    public string Create(string optionsJson)
    {
        var options = JsonNode.Parse(optionsJson)!;
        _userHandle = options["user"]!["id"]!.GetValue<string>();
        var client = ClientData("webauthn.create", options["challenge"]!.GetValue<string>());
        var data = AuthenticatorData(options["rp"]!["id"]!.GetValue<string>(), withKey: true);
        var response = new JsonObject
        {
            ["clientDataJSON"] = Base64Url.EncodeToString(client),
            ["attestationObject"] = Base64Url.EncodeToString(Attestation(data)),
            ["transports"] = new JsonArray("internal", "hybrid"),
        };
        return Credential(response);
    }

    public string Get(string optionsJson)
    {
        var options = JsonNode.Parse(optionsJson)!;
        Counter++;
        var client = ClientData("webauthn.get", options["challenge"]!.GetValue<string>());
        var data = AuthenticatorData(options["rpId"]!.GetValue<string>(), withKey: false);
        byte[] signed = [.. data, .. SHA256.HashData(client)];
        var response = new JsonObject
        {
            ["clientDataJSON"] = Base64Url.EncodeToString(client),
            ["authenticatorData"] = Base64Url.EncodeToString(data),
            ["signature"] = Base64Url.EncodeToString(
                _key.SignData(
                    signed,
                    HashAlgorithmName.SHA256,
                    DSASignatureFormat.Rfc3279DerSequence
                )
            ),
            ["userHandle"] = _userHandle,
        };
        return Credential(response);
    }

    public void Dispose() => _key.Dispose();

    private string Credential(JsonObject response) =>
        new JsonObject
        {
            ["id"] = Base64Url.EncodeToString(_id),
            ["rawId"] = Base64Url.EncodeToString(_id),
            ["type"] = "public-key",
            ["authenticatorAttachment"] = "platform",
            ["clientExtensionResults"] = new JsonObject(),
            ["response"] = response,
        }.ToJsonString();

    private byte[] ClientData(string type, string challenge) =>
        Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(
                new
                {
                    type,
                    challenge,
                    origin = Origin,
                    crossOrigin = CrossOrigin,
                }
            )
        );

    // rpIdHash, flags, counter, and at its making the credential (WebAuthn 6.1).
    private byte[] AuthenticatorData(string rpId, bool withKey)
    {
        var flags = UserPresent | BackupEligible | BackedUp;
        flags |= VerifiesItsUser ? UserVerified : 0;
        flags |= withKey ? HasCredential : 0;
        Span<byte> counter = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(counter, Counter);
        List<byte> data =
        [
            .. SHA256.HashData(Encoding.UTF8.GetBytes(RpId ?? rpId)),
            (byte)flags,
            .. counter,
        ];
        if (withKey)
        {
            Span<byte> length = stackalloc byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)_id.Length);
            data.AddRange(new byte[16]);
            data.AddRange(length);
            data.AddRange(_id);
            data.AddRange(CoseKey());
        }

        return [.. data];
    }

    // EC2, ES256, P-256, x and y (RFC 9053 7.1).
    private byte[] CoseKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        var cbor = new CborWriter(CborConformanceMode.Ctap2Canonical);
        cbor.WriteStartMap(5);
        cbor.WriteInt32(1);
        cbor.WriteInt32(2);
        cbor.WriteInt32(3);
        cbor.WriteInt32(-7);
        cbor.WriteInt32(-1);
        cbor.WriteInt32(1);
        cbor.WriteInt32(-2);
        cbor.WriteByteString(point.X!);
        cbor.WriteInt32(-3);
        cbor.WriteByteString(point.Y!);
        cbor.WriteEndMap();
        return cbor.Encode();
    }

    private static byte[] Attestation(byte[] data)
    {
        var cbor = new CborWriter(CborConformanceMode.Ctap2Canonical);
        cbor.WriteStartMap(3);
        cbor.WriteTextString("fmt");
        cbor.WriteTextString("none");
        cbor.WriteTextString("attStmt");
        cbor.WriteStartMap(0);
        cbor.WriteEndMap();
        cbor.WriteTextString("authData");
        cbor.WriteByteString(data);
        cbor.WriteEndMap();
        return cbor.Encode();
    }
}

internal static class PasskeyTestExtensions
{
    /// <summary>A passkey of a device that nobody uses any more.</summary>
    public static async Task<Arda.Gateway.Accounts.Passkey> AddForTestAsync(
        this Arda.Gateway.Accounts.Passkeys passkeys,
        Browser browser,
        Arda.Gateway.Accounts.Session session,
        string name
    )
    {
        using var device = new SoftwareAuthenticator();
        return await passkeys.AddAsync(browser, session, device, name);
    }

    public static async Task<Arda.Gateway.Accounts.Passkey> AddAsync(
        this Arda.Gateway.Accounts.Passkeys passkeys,
        Browser browser,
        Arda.Gateway.Accounts.Session session,
        SoftwareAuthenticator device,
        string name
    )
    {
        var begin = browser.Request();
        var options = await passkeys.BeginRegistrationAsync(begin, session);
        browser.Keep(begin);
        var made = await passkeys.RegisterAsync(
            browser.Request(),
            session,
            device.Create(options!),
            name
        );
        Assert.False(made.Denied(out var denial, out var passkey), $"{denial}");
        return passkey!;
    }
}
