using System.Text.Json;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>A list of one is written as its text, which the wire takes as well.</summary>
internal sealed class OneOrManyConverter : JsonConverter<IReadOnlyCollection<string>>
{
    public override IReadOnlyCollection<string> Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) =>
        reader.TokenType is JsonTokenType.String
            ? [reader.GetString()!]
            : JsonSerializer.Deserialize(ref reader, GatewayJson.Default.StringArray)!;

    public override void Write(
        Utf8JsonWriter writer,
        IReadOnlyCollection<string> value,
        JsonSerializerOptions options
    )
    {
        if (value.Count == 1)
        {
            writer.WriteStringValue(value.First());
            return;
        }

        JsonSerializer.Serialize(writer, value.ToArray(), GatewayJson.Default.StringArray);
    }
}
