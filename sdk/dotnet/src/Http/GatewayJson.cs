using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>Generated readers and writers of the wire: snake_case, and nothing by reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(GatewayAuthorizeInfo))]
[JsonSerializable(typeof(DeviceCodeWire))]
[JsonSerializable(typeof(TokenWire))]
[JsonSerializable(typeof(GatewayDenial))]
[JsonSerializable(typeof(GatewayGeneration))]
[JsonSerializable(typeof(GatewayChatRequest))]
[JsonSerializable(typeof(GatewayChatCompletion))]
[JsonSerializable(typeof(GatewayChatChunk))]
[JsonSerializable(typeof(IReadOnlyList<GatewayChatPart>))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(GatewayPortalOptions))]
[JsonSerializable(typeof(GatewayPortalSession))]
[JsonSerializable(typeof(GatewayPortalProgress))]
internal sealed partial class GatewayJson : JsonSerializerContext;
