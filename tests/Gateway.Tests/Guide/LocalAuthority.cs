using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Arda.Gateway.Tests.Guide;

/// <summary>A certificate authority of this machine alone, and the certificate that it gives to a
/// name. Clients are told to trust it by NODE_EXTRA_CA_CERTS or --cacert.</summary>
internal sealed class LocalAuthority : IDisposable
{
    private static readonly DateTimeOffset s_from = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_to = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _root;

    public LocalAuthority(string name)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=Arda tests", rootKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true)
        );
        root.CertificateExtensions.Add(
            new X509SubjectKeyIdentifierExtension(root.PublicKey, critical: false)
        );
        _root = root.CreateSelfSigned(s_from, s_to);
        Certificate = Issue(name);
    }

    /// <summary>With its private key.</summary>
    public X509Certificate2 Certificate { get; }

    public string RootPem => _root.ExportCertificatePem();

    public void Dispose()
    {
        Certificate.Dispose();
        _root.Dispose();
    }

    private X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var wish = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        wish.CertificateExtensions.Add(names.Build());
        wish.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        wish.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)
        );
        wish.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false)
        );
        using var issued = wish.Create(_root, s_from, s_to, RandomNumberGenerator.GetBytes(16));
        using var complete = issued.CopyWithPrivateKey(key);
        // Read back from bytes, because a server cannot use a key that lives in this object alone.
        return X509CertificateLoader.LoadPkcs12(
            complete.Export(X509ContentType.Pkcs12),
            password: null
        );
    }
}
