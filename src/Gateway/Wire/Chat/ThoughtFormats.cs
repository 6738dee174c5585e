namespace Arda.Gateway.Wire.Chat;

/// <summary>
/// The tags that OpenRouter's <c>reasoning_details</c> use to say whose thought it is, so that a
/// signature finds back to the vendor that made it.
/// </summary>
internal static class ThoughtFormats
{
    public const string AnthropicTag = "anthropic-claude-v1";
    private const string OpenAi = "openai-responses-v1";
    private const string Google = "google-gemini-v1";

    public static Vendor VendorOf(string? format) =>
        format switch
        {
            AnthropicTag => Vendor.Anthropic,
            OpenAi => Vendor.OpenAi,
            Google => Vendor.Google,
            _ => Vendor.Other,
        };

    /// <summary>A format of no vendor we model is kept in a bag, to go back as it came.</summary>
    public static VendorBag? BagOf(string? format) =>
        format is null || VendorOf(format) != Vendor.Other
            ? null
            : new VendorBag(
                Vendor.Other,
                WireJson.Build(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("format"u8, format);
                    writer.WriteEndObject();
                })
            );

    public static string? Of(Block.Reasoning thought) =>
        thought.Source switch
        {
            Vendor.Anthropic => AnthropicTag,
            Vendor.OpenAi => OpenAi,
            Vendor.Google => Google,
            _ => thought.Bag is { Vendor: Vendor.Other } bag ? bag.Json.Text("format"u8) : null,
        };
}
