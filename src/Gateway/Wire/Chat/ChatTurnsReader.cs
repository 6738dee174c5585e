using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Chat;

/// <summary>Reads <c>messages</c> into turns.</summary>
internal sealed class ChatTurnsReader(ICollection<string> repaired)
{
    private readonly List<Turn> _turns = [];
    private readonly List<Block> _results = [];
    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal);

    public IReadOnlyList<Turn> Read(RequestInput request)
    {
        if (!request.Has("messages"))
        {
            request.Problems.Invalid("messages", "'messages' is required.");
        }
        foreach (var message in request.Objects("messages"))
        {
            var role = message.RequiredText("role");
            if (role == "tool")
            {
                _results.Add(ReadResult(message));
                continue;
            }
            EndResults();
            ReadMessage(message, role);
        }
        EndResults();
        return _turns;
    }

    // All results that follow each other answer one turn of calls.
    private void EndResults()
    {
        if (_results.Count > 0)
        {
            _turns.Add(new Turn(Role.User, [.. _results]));
            _results.Clear();
        }
    }

    private void ReadMessage(RequestInput message, string role)
    {
        switch (role)
        {
            case "system":
                _turns.Add(new Turn(Role.System, ReadContent(message)));
                break;
            case "developer":
                _turns.Add(new Turn(Role.Developer, ReadContent(message)));
                break;
            case "user":
                if (!message.Has("content"))
                {
                    message.Reject("content", "there");
                }
                _turns.Add(new Turn(Role.User, ReadContent(message)));
                break;
            case "assistant":
                _turns.Add(new Turn(Role.Assistant, ReadAssistant(message)));
                break;
            case "function":
                message.Problems.Unsupported(
                    message.PathOf("role"),
                    "Messages of role 'function' are deprecated: use 'tool' with 'tool_call_id'."
                );
                break;
            default:
                message.Reject("role", "system, developer, user, assistant or tool");
                break;
        }
    }

    private Block.ToolResult ReadResult(RequestInput message)
    {
        var id = message.RequiredText("tool_call_id");
        return new Block.ToolResult(
            id,
            message.Text("name") ?? _toolNames.GetValueOrDefault(id),
            ReadContent(message),
            IsError: false
        )
        {
            Cache = RequestParts.CacheOf(message),
        };
    }

    private static IReadOnlyList<Block> ReadContent(RequestInput message)
    {
        if (message.Raw("content") is not { } content)
        {
            return [];
        }
        if (content.ValueKind == JsonValueKind.String)
        {
            return
            [
                new Block.Text(message.Text("content") ?? "")
                {
                    Cache = RequestParts.CacheOf(message),
                },
            ];
        }
        if (content.ValueKind != JsonValueKind.Array)
        {
            message.Reject("content", "a string or an array of parts");
            return [];
        }
        return [.. message.Objects("content").Select(ReadPart)];
    }

    private static Block ReadPart(RequestInput part)
    {
        var type = part.RequiredText("type");
        Block block;
        switch (type)
        {
            case "text":
                block = new Block.Text(part.RequiredText("text"));
                break;
            case "refusal":
                block = new Block.Refusal(part.RequiredText("refusal"));
                break;
            case "image_url" when part.Raw("image_url") is { ValueKind: JsonValueKind.String }:
                block = RequestParts.Image(part, "image_url", null); // Mistral's short form
                break;
            case "image_url" when part.Object("image_url") is { } image:
                block = RequestParts.Image(image, "url", image.Text("detail"));
                break;
            case "input_audio":
                block = RequestParts.Audio(part);
                break;
            case "file" when part.Object("file") is { } file:
                block = RequestParts.File(file);
                break;
            case "image_url" or "file":
                part.Reject(type, "an object");
                return new Block.Text("");
            default:
                part.Problems.Unsupported(
                    part.PathOf("type"),
                    $"Content of type '{type}' cannot be translated for this model."
                );
                return new Block.Text("");
        }
        return block with { Cache = RequestParts.CacheOf(part) };
    }

    private List<Block> ReadAssistant(RequestInput message)
    {
        var blocks = new List<Block>();
        ReadThoughts(message, blocks);
        foreach (var block in ReadWords(message))
        {
            blocks.Add(block);
        }
        if (message.Text("refusal") is { Length: > 0 } refusal)
        {
            blocks.Add(new Block.Refusal(refusal));
        }
        foreach (var name in (string[])["audio", "function_call"])
        {
            if (message.Has(name))
            {
                message.Problems.Unsupported(
                    message.PathOf(name),
                    $"'{message.PathOf(name)}' cannot be translated for this model."
                );
            }
        }
        SignLastText(message, blocks);
        foreach (var call in message.Objects("tool_calls"))
        {
            blocks.Add(ReadCall(call));
        }
        return blocks;
    }

    private static IEnumerable<Block> ReadWords(RequestInput message)
    {
        if (message.Raw("content") is not { ValueKind: JsonValueKind.Array })
        {
            return ReadContent(message);
        }
        var words = new List<Block>();
        foreach (var part in message.Objects("content"))
        {
            if (part.Text("type") != "thinking")
            {
                words.Add(ReadPart(part));
                continue;
            }
            // Mistral wants its own thoughts back in their place among the words.
            var steps = new List<StreamEvent>();
            var sequence = new BlockSequence();
            new ThoughtReader(sequence).ReadPart(part.Json, steps);
            sequence.EndAll(steps);
            words.AddRange(steps.OfType<StreamEvent.BlockStopped>().Select(step => step.Block));
        }
        return words;
    }

    private static void ReadThoughts(RequestInput message, List<Block> blocks)
    {
        var steps = new List<StreamEvent>();
        var sequence = new BlockSequence();
        new ThoughtReader(sequence).Read(message.Json, steps);
        sequence.EndAll(steps);
        blocks.AddRange(steps.OfType<StreamEvent.BlockStopped>().Select(step => step.Block));
    }

    private static void SignLastText(RequestInput message, List<Block> blocks)
    {
        var last = blocks.FindLastIndex(block => block is Block.Text);
        if (last >= 0 && CallSignature.Read(message.Json) is { } bag)
        {
            blocks[last] = blocks[last] with { Bag = bag };
        }
    }

    private Block.ToolCall ReadCall(RequestInput call)
    {
        var id = call.RequiredText("id");
        if (call.Text("type") is { } type and not "function")
        {
            call.Problems.Unsupported(
                call.PathOf("type"),
                $"Calls of type '{type}' cannot be translated for this model."
            );
        }
        if (call.Object("function") is not { } function)
        {
            call.RequiredText("function");
            return new Block.ToolCall(id, "", "{}");
        }
        var name = function.RequiredText("name");
        _toolNames[id] = name;
        return new Block.ToolCall(id, name, RequestParts.Arguments(function, "arguments", repaired))
        {
            Bag = CallSignature.Read(call.Json),
        };
    }
}
