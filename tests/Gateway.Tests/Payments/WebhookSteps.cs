using System.Text;
using Arda.Gateway.Payments.Stripe;

namespace Arda.Gateway.Tests.Payments;

/// <summary>Events by hand, as nobody else would send them.</summary>
internal static class WebhookSteps
{
    /// <summary>Rightly signed, at this moment.</summary>
    public static Task<int> PostEventAsync(this PaymentsRig rig, byte[] body) =>
        rig.PostWebhookAsync(body, rig.SignEvent(body, rig.Clock.GetUtcNow()), PaymentsRig.Ct);

    public static string SignEvent(this PaymentsRig rig, byte[] body, DateTimeOffset at) =>
        WebhookSignature.Sign(body, rig.Provider.WebhookSecret, at);

    /// <summary>The last one of its type that the provider has.</summary>
    public static Task<byte[]> LastEventAsync(this PaymentsRig rig, string type) =>
        rig.Provider.RunAsync(books =>
            Encoding.UTF8.GetBytes(
                books.Events(new HashSet<string> { type }, false, 0)[0].ToJsonString()
            )
        );

    // Without the check of its shape: these are about what stands around it.
    public static byte[] Event(string id, string type, string item) =>
        Encoding.UTF8.GetBytes(
            $$"""{"id":"{{id}}","object":"event","type":"{{type}}","livemode":false,"""
                + $$""" "api_version":"x","data":{"object":{"id":"{{item}}"} } }"""
        );

    public static byte[] Renamed(byte[] body, string id)
    {
        var text = Encoding.UTF8.GetString(body);
        var at = text.IndexOf("evt_", StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text[..at] + id + text[text.IndexOf('"', at)..]);
    }
}
