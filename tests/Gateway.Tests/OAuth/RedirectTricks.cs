namespace Arda.Gateway.Tests.OAuth;

/// <summary>Ways to write an address that is not the registered one and looks as if it were.</summary>
internal static class RedirectTricks
{
    /// <summary>Where <see cref="OAuthWorld.Callback"/> is registered.</summary>
    public static TheoryData<string> OffTheWeb =>
        [
            // AZ04: what a URI class would call the same.
            "https://app.example:443/cb",
            "https://APP.example/cb",
            "https://app.example/cb/",
            "https://app.example/x/../cb",
            "https://app.example/%63b",
            "HTTPS://app.example/cb",
            "https://app.example./cb",
            "https://app.example/cb?a=1",
            "https://app.example/cb#f",
            "https://user@app.example/cb",
            // AZ05: what begins or ends alike.
            "https://app.example/cb123",
            "https://app.example/cb/../evil",
            "https://app.example.evil.example/cb",
            "https://app.example@evil.example/cb",
            "https://app.example\\@evil.example/cb",
            "//evil.example/cb",
            // AZ08: what would bring parameters of an answer along.
            "https://app.example/cb?iss=x",
            "https://app.example/cb?code=x",
            "https://app.example/cb?state=x",
            "https://app.example/cb?error=x",
            "https://app.example/cb;iss=x",
            "https://app.example/cb\0",
        ];

    /// <summary>AZ06, where <c>http://127.0.0.1/cb</c> is registered; those that only vary the port
    /// are right for a native app.</summary>
    public static TheoryData<string, bool> OnLoopback =>
        new()
        {
            { "http://127.0.0.1/cb", true },
            { "http://127.0.0.1:51004/cb", true },
            { "http://127.0.0.1:65535/cb", true },
            { "http://127.0.0.1:51004/other", false },
            { "http://127.0.0.1:51004/cb?q=1", false },
            { "http://localhost:51004/cb", false },
            { "http://[::1]:51004/cb", false },
            { "https://127.0.0.1:51004/cb", false },
            { "http://127.1:51004/cb", false },
            { "http://0x7f.1:51004/cb", false },
            { "http://127.000.000.001/cb", false },
            { "http://LOCALHOST/cb", false },
            { "http://127.0.0.1:443a/cb", false },
            { "http://127.0.0.1:65536/cb", false },
            { "http://127.0.0.1:0/cb", false },
            { "http://127.0.0.1:/cb", false },
            { "http://127.0.0.1:51004@evil.example/cb", false },
            { "http://127.0.0.1.evil.example/cb", false },
        };
}
