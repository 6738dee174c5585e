using System.Text.Json;
using Arda.Gateway.Wire.OpenAi;

namespace Arda.Gateway.Wire.Responses;

/// <summary>Reads <c>instructions</c> and <c>input</c> into turns.</summary>
internal sealed class ResponsesTurnsReader(ICollection<string> repaired)
{
    private readonly List<Turn> _turns = [];
    private readonly List<Block> _assistant = [];
    private readonly List<Block> _results = [];
    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal);

    public IReadOnlyList<Turn> Read(RequestInput request)
    {
        if (request.Text("instructions") is { } instructions)
        {
            var text = new Block.Text(instructions) { Bag = ItemBag.Instructions };
            _turns.Add(new Turn(Role.System, [text]));
        }
        if (request.Raw("input") is not { } input)
        {
            request.Problems.Invalid("input", "'input' is required.");
            return _turns;
        }
        if (input.ValueKind == JsonValueKind.String)
        {
            _turns.Add(new Turn(Role.User, [new Block.Text(request.Text("input") ?? "")]));
            return _turns;
        }
        foreach (var item in request.Objects("input"))
        {
            try
            {
                ReadItem(item);
            }
            catch (InvalidOperationException)
            {
                item.Problems.Invalid(item.Path, $"'{item.Path}' must be valid Unicode text.");
            }
        }
        EndTurns();
        return _turns;
    }

    private void ReadItem(RequestInput item)
    {
        switch (item.Text("type") ?? "message")
        {
            case "message":
                ReadMessage(item);
                break;
            case "function_call":
                Assistant(ReadCall(item));
                break;
            case "function_call_output":
                EndAssistant();
                _results.Add(ReadResult(item));
                break;
            case "reasoning":
                Assistant(ResponsesItemReader.Thought(item.Json));
                break;
            case "item_reference":
                ResponsesState.RefuseReference(item);
                break;
            case "web_search_call"
            or "file_search_call"
            or "code_interpreter_call"
            or "image_generation_call"
            or "mcp_call"
            or "mcp_list_tools":
                Assistant(ResponsesItemReader.Opaque(item.Json));
                break;
            case var type:
                item.Problems.Unsupported(
                    item.PathOf("type"),
                    $"Items of type '{type}' cannot be translated for this model."
                );
                break;
        }
    }

    private void Assistant(Block block)
    {
        EndResults();
        _assistant.Add(block);
    }

    private void EndTurns()
    {
        EndAssistant();
        EndResults();
    }

    private void EndAssistant()
    {
        if (_assistant.Count > 0)
        {
            _turns.Add(new Turn(Role.Assistant, [.. _assistant]));
            _assistant.Clear();
        }
    }

    private void EndResults()
    {
        if (_results.Count > 0)
        {
            _turns.Add(new Turn(Role.User, [.. _results]));
            _results.Clear();
        }
    }

    private void ReadMessage(RequestInput item)
    {
        var role = item.RequiredText("role");
        if (role == "assistant")
        {
            foreach (var block in ReadWords(item))
            {
                Assistant(block);
            }
            return;
        }
        EndTurns();
        Role? known = role switch
        {
            "user" => Role.User,
            "system" => Role.System,
            "developer" => Role.Developer,
            _ => null,
        };
        if (known is not { } turn)
        {
            item.Reject("role", "user, assistant, system or developer");
            return;
        }
        _turns.Add(new Turn(turn, ReadContent(item, "content")));
    }

    private static IEnumerable<Block> ReadWords(RequestInput item)
    {
        var bag = ItemBag.Of(item.Text("id"), item.Text("phase"), null);
        foreach (var block in ReadContent(item, "content"))
        {
            yield return block.Bag is null ? block with { Bag = bag } : Named(block, item);
        }
    }

    // Citations came with the part, id and phase with the message.
    private static Block Named(Block block, RequestInput item) =>
        block with
        {
            Bag = ItemBag.Of(
                item.Text("id"),
                item.Text("phase"),
                block.Bag?.Json.Member("annotations"u8)
            ),
        };

    private static IReadOnlyList<Block> ReadContent(RequestInput holder, string name)
    {
        if (holder.Raw(name) is not { } content)
        {
            holder.Problems.Invalid(holder.PathOf(name), $"'{holder.PathOf(name)}' is required.");
            return [];
        }
        if (content.ValueKind == JsonValueKind.String)
        {
            return [new Block.Text(holder.Text(name) ?? "")];
        }
        if (content.ValueKind != JsonValueKind.Array)
        {
            holder.Reject(name, "a string or an array of parts");
            return [];
        }
        return [.. holder.Objects(name).Select(ReadPart)];
    }

    private static Block ReadPart(RequestInput part)
    {
        switch (part.RequiredText("type"))
        {
            case "input_text" or "text":
                return new Block.Text(part.RequiredText("text"));
            case "output_text":
                return new Block.Text(part.RequiredText("text"))
                {
                    Bag = ItemBag.Of(null, null, part.Raw("annotations")),
                };
            case "refusal":
                return new Block.Refusal(part.RequiredText("refusal"));
            case "input_image" when part.Has("image_url") || !part.Has("file_id"):
                return RequestParts.Image(part, "image_url", part.Text("detail"));
            case "input_image":
                return new Block.Image(
                    new MediaSource { FileId = part.Text("file_id") },
                    part.Text("detail")
                );
            case "input_file":
                return RequestParts.File(part);
            case "input_audio":
                return RequestParts.Audio(part);
            case var type:
                part.Problems.Unsupported(
                    part.PathOf("type"),
                    $"Content of type '{type}' cannot be translated for this model."
                );
                return new Block.Text("");
        }
    }

    private Block.ToolCall ReadCall(RequestInput item)
    {
        var callId = item.RequiredText("call_id");
        var name = item.RequiredText("name");
        _toolNames[callId] = name;
        return new Block.ToolCall(callId, name, RequestParts.Arguments(item, "arguments", repaired))
        {
            Bag = CallSignature.Read(item.Json) ?? ItemBag.Of(item.Text("id"), null, null),
        };
    }

    private Block.ToolResult ReadResult(RequestInput item)
    {
        var callId = item.RequiredText("call_id");
        return new Block.ToolResult(
            callId,
            _toolNames.GetValueOrDefault(callId),
            ReadContent(item, "output"),
            IsError: false
        );
    }
}
