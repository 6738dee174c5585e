using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Arda.Gateway.Sdk;

/// <summary>Generated readers and writers of the wire: snake_case, and nothing by reflection. They
/// give an init-only member null where the wire has none, initializer or not; so members that are
/// never null say <c>value ??</c>.</summary>
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
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(GatewayPortalOptions))]
[JsonSerializable(typeof(GatewayPortalSession))]
[JsonSerializable(typeof(GatewayPortalState))]
[JsonSerializable(typeof(GatewayBootstrapRequest))]
[JsonSerializable(typeof(GatewayBootstrap))]
[JsonSerializable(typeof(RecoveryInstructionWire))]
[JsonSerializable(typeof(GatewayStatus))]
[JsonSerializable(typeof(GatewayCatalog))]
[JsonSerializable(typeof(GatewayQuote))]
[JsonSerializable(typeof(GatewayUsagePage))]
internal sealed partial class GatewayJson : JsonSerializerContext;
