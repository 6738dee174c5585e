using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Inference.Replay;

/// <summary>How clients of each dialect ask, and under which name the tables know it.</summary>
internal static class ClientDialect
{
    public static readonly IReadOnlyList<string> All =
    [
        "openai.chat",
        "openai.responses",
        "anthropic.messages",
    ];

    public static string PathOf(string api) =>
        api switch
        {
            "openai.responses" => "/v1/responses",
            "anthropic.messages" => "/v1/messages",
            "openai.embeddings" => "/v1/embeddings",
            _ => "/v1/chat/completions",
        };

    /// <summary>What the recording's own client asked, for our model; a plain question where the
    /// source kept none.</summary>
    public static JsonObject RequestFor(Recording recording)
    {
        if (recording.Request is not { } asked)
        {
            return Question(recording.Api, RecordedGateway.ModelOf(recording), recording.Stream);
        }

        var request = JsonNode.Parse(asked.GetRawText())!.AsObject();
        request["model"] = RecordedGateway.ModelOf(recording);
        return request;
    }

    public static JsonObject Question(string api, string model, bool stream)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Well?" });
        var body = new JsonObject
        {
            ["model"] = model,
            [api == "openai.responses" ? "input" : "messages"] = messages,
        };
        if (stream)
        {
            body["stream"] = true;
        }

        if (api == "anthropic.messages")
        {
            body["max_tokens"] = 4_096;
        }
        else if (stream && api == "openai.chat")
        {
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        return body;
    }
}
