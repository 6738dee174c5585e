using System.Text;
using System.Text.Json.Nodes;
using Arda.Gateway.Tests.Hosting;

namespace Arda.Gateway.Tests.Inference.Independent;

/// <summary>
/// What an answer says, whatever its dialect: written from the tables of the wire guide and from
/// nothing of the gateway's codecs, so that a mistake there is not repeated here.
/// </summary>
internal sealed class NormalAnswer
{
    public const string Stopped = "stop";
    public const string Length = "length";
    public const string Called = "tool_calls";
    public const string Refused = "refused";

    private readonly StringBuilder _text = new();
    private readonly StringBuilder _refusal = new();
    private readonly StringBuilder _reasoning = new();

    public string Text => _text.ToString();

    public string Refusal => _refusal.ToString();

    /// <summary>Parts of thinking are joined differently by every dialect: white space is none of
    /// the meaning.</summary>
    public string Reasoning =>
        string.Concat(_reasoning.ToString().Where(c => !char.IsWhiteSpace(c)));

    public List<NormalCall> Calls { get; } = [];

    /// <summary>One of the four words above; null for an answer that never ended.</summary>
    public string? Stop { get; private set; }

    public static NormalAnswer Of(Recording recording) =>
        recording.Events.Count > 0
            ? Read(recording.Api, null, EventText.Of(recording))
            : Read(recording.Api, JsonNode.Parse(recording.Body), []);

    /// <param name="api">In whose words it is.</param>
    /// <param name="whole">A finished body, or null.</param>
    /// <param name="events">The events of a stream.</param>
    public static NormalAnswer Read(string api, JsonNode? whole, IReadOnlyList<EventText> events)
    {
        var answer = new NormalAnswer();
        var chunks = events.Where(e => !e.IsTerminator).Select(e => e.Json);
        switch (api)
        {
            case "openai.chat" when whole is not null:
                answer.AddChat(whole, "message");
                break;
            case "openai.chat":
                answer.AddChatChunks(chunks);
                break;
            case "openai.responses":
                answer.AddResponse(whole ?? AccumulatedResponse(events));
                break;
            case "anthropic.messages":
                answer.AddMessage(whole ?? AccumulatedMessage(chunks));
                break;
            default:
                foreach (var chunk in whole is null ? chunks : [whole])
                {
                    answer.AddGemini(chunk);
                }

                break;
        }

        return answer;
    }

    // ---- Chat ----

    private void AddChat(JsonNode body, string member)
    {
        var choice = body["choices"]![0]!;
        var message = choice[member];
        AddChatContent(message);
        foreach (var call in message?["tool_calls"]?.AsArray() ?? [])
        {
            AddCall((string?)call!["function"]!["name"], (string?)call["function"]!["arguments"]);
        }

        EndChat((string?)choice["finish_reason"]);
    }

    private void AddChatChunks(IEnumerable<JsonNode> chunks)
    {
        var calls = new SortedDictionary<int, (string? Name, StringBuilder Arguments)>();
        string? finish = null;
        foreach (var choice in chunks.SelectMany(c => c["choices"]!.AsArray()))
        {
            Assert.Equal(0, (int?)choice!["index"] ?? 0);
            var delta = choice["delta"];
            AddChatContent(delta);
            foreach (var call in delta?["tool_calls"]?.AsArray() ?? [])
            {
                var index = (int?)call!["index"] ?? calls.Count;
                var (name, arguments) = calls.GetValueOrDefault(index, (null, new()));
                arguments.Append((string?)call["function"]?["arguments"]);
                calls[index] = (name ?? (string?)call["function"]?["name"], arguments);
            }

            finish = (string?)choice["finish_reason"] ?? finish;
        }

        foreach (var (name, arguments) in calls.Values)
        {
            AddCall(name, arguments.ToString());
        }

        EndChat(finish);
    }

    private void AddChatContent(JsonNode? message)
    {
        if (message?["content"] is JsonArray parts)
        {
            // Mistral's thinking chunks.
            foreach (var part in parts)
            {
                _text.Append((string?)part!["text"]);
                foreach (var thought in part["thinking"]?.AsArray() ?? [])
                {
                    _reasoning.Append((string?)thought!["text"]);
                }
            }
        }
        else
        {
            _text.Append((string?)message?["content"]);
        }

        _refusal.Append((string?)message?["refusal"]);
        _reasoning.Append((string?)(message?["reasoning_content"] ?? message?["reasoning"]));
    }

    private void EndChat(string? finish) =>
        Stop = finish switch
        {
            null => null,
            "stop" when Calls.Count > 0 => Called,
            "stop" when Refusal.Length > 0 => Refused,
            "stop" => Stopped,
            "length" => Length,
            "tool_calls" => Called,
            "content_filter" => Refused,
            _ => throw new InvalidDataException($"finish_reason '{finish}'"),
        };

    // ---- Responses ----

    // The official accumulators take the items from the events and the end from the last one.
    private static JsonNode AccumulatedResponse(IReadOnlyList<EventText> events)
    {
        var items = new SortedDictionary<int, JsonNode>();
        foreach (var done in events.Where(e => e.Name == "response.output_item.done"))
        {
            items[(int)done.Json["output_index"]!] = done.Json["item"]!.DeepClone();
        }

        var last = events[^1].Json["response"]!.DeepClone();
        last["output"] = new JsonArray([.. items.Values]);
        return last;
    }

    private void AddResponse(JsonNode response)
    {
        foreach (var item in response["output"]!.AsArray())
        {
            switch ((string?)item!["type"])
            {
                case "message":
                    foreach (var part in item["content"]!.AsArray())
                    {
                        _text.Append((string?)part!["text"]);
                        _refusal.Append((string?)part["refusal"]);
                    }

                    break;
                case "reasoning":
                    var parts = (item["summary"]?.AsArray() ?? []).Concat(
                        item["content"]?.AsArray() ?? []
                    );
                    foreach (var part in parts)
                    {
                        _reasoning.Append((string?)part!["text"]);
                    }

                    break;
                case "function_call":
                    AddCall((string?)item["name"], (string?)item["arguments"]);
                    break;
            }
        }

        var reason = (string?)response["incomplete_details"]?["reason"];
        Stop = ((string?)response["status"], reason) switch
        {
            ("completed", _) => Calls.Count > 0 ? Called
            : Refusal.Length > 0 ? Refused
            : Stopped,
            ("incomplete", "max_output_tokens") => Length,
            ("incomplete", "content_filter") => Refused,
            var other => throw new InvalidDataException($"status {other}"),
        };
    }

    // ---- Messages ----

    private static JsonObject AccumulatedMessage(IEnumerable<JsonNode> events)
    {
        var blocks = new SortedDictionary<int, JsonObject>();
        JsonObject message = [];
        var open = -1;
        foreach (var one in events)
        {
            switch ((string?)one["type"])
            {
                case "content_block_start":
                    Assert.Equal(-1, open);
                    open = (int)one["index"]!;
                    Assert.Equal(blocks.Count, open);
                    blocks[open] = one["content_block"]!.DeepClone().AsObject();
                    break;
                case "content_block_delta":
                    Assert.Equal(open, (int)one["index"]!);
                    Grow(blocks[open], one["delta"]!);
                    break;
                case "content_block_stop":
                    Assert.Equal(open, (int)one["index"]!);
                    open = -1;
                    break;
                case "message_delta":
                    message = one["delta"]!.DeepClone().AsObject();
                    break;
            }
        }

        foreach (var block in blocks.Values.Where(b => b.ContainsKey("partial")))
        {
            var text = (string)block["partial"]!;
            block["input"] = JsonNode.Parse(text.Length == 0 ? "{}" : text);
        }

        message["content"] = new JsonArray([.. blocks.Values]);
        return message;
    }

    private static void Grow(JsonObject block, JsonNode delta)
    {
        foreach (
            var (from, to) in (ReadOnlySpan<(string, string)>)
                [("text", "text"), ("thinking", "thinking"), ("partial_json", "partial")]
        )
        {
            if ((string?)delta[from] is { } more)
            {
                block[to] = (string?)block[to] + more;
            }
        }
    }

    private void AddMessage(JsonNode message)
    {
        foreach (var block in message["content"]!.AsArray())
        {
            switch ((string?)block!["type"])
            {
                case "text":
                    _text.Append((string?)block["text"]);
                    break;
                case "thinking":
                    _reasoning.Append((string?)block["thinking"]);
                    break;
                case "tool_use":
                    AddCall((string?)block["name"], block["input"]!.ToJsonString());
                    break;
            }
        }

        _refusal.Append((string?)message["stop_details"]?["explanation"]);
        Stop = (string?)message["stop_reason"] switch
        {
            "end_turn" or "stop_sequence" or "pause_turn" => Stopped,
            "tool_use" => Called,
            "max_tokens" or "model_context_window_exceeded" => Length,
            "refusal" => Refused,
            null => null,
            var other => throw new InvalidDataException($"stop_reason '{other}'"),
        };
    }

    // ---- Gemini ----

    private void AddGemini(JsonNode chunk)
    {
        var candidate = chunk["candidates"]?[0];
        foreach (var part in candidate?["content"]?["parts"]?.AsArray() ?? [])
        {
            if (part!["functionCall"] is { } call)
            {
                AddCall((string?)call["name"], call["args"]?.ToJsonString());
            }
            else
            {
                ((bool?)part["thought"] == true ? _reasoning : _text).Append((string?)part["text"]);
            }
        }

        Stop = chunk["promptFeedback"]?["blockReason"] is not null
            ? Refused
            : (string?)candidate?["finishReason"] switch
            {
                null or "" => Stop,
                "STOP" => Calls.Count > 0 ? Called : Stopped,
                "MAX_TOKENS" => Length,
                "SAFETY" or "PROHIBITED_CONTENT" or "BLOCKLIST" or "SPII" or "RECITATION" =>
                    Refused,
                var other => throw new InvalidDataException($"finishReason '{other}'"),
            };
    }

    // Absent and empty arguments mean {}.
    private void AddCall(string? name, string? arguments) =>
        Calls.Add(
            new NormalCall(
                Assert.IsType<string>(name),
                JsonNode.Parse(string.IsNullOrEmpty(arguments) ? "{}" : arguments)!
            )
        );
}

internal sealed record NormalCall(string Name, JsonNode Arguments);
