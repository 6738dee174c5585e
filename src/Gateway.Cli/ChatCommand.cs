using System.CommandLine;
using System.Text.Json;

namespace Arda.Gateway.Cli;

internal static class ChatCommand
{
    private static readonly Argument<string[]> s_prompt = new("prompt")
    {
        Description = "What to say; without it standard input is read, or a conversation begins",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string> s_model = new("--model", "-m")
    {
        Description = "The model, or arda/auto to let the gateway choose",
        HelpName = "MODEL",
        DefaultValueFactory = _ => "arda/auto",
    };

    private static readonly Option<string> s_system = new("--system", "-s")
    {
        Description = "The system prompt",
        HelpName = "TEXT",
    };

    public static Command Make()
    {
        var command = new Command(
            "chat",
            "Ask a model; the answer streams to standard output, its cost and the balance to "
                + "standard error"
        )
        {
            s_prompt,
            s_model,
            s_system,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var connection = GlobalFlags.Connection(parsed);
        using var gateway = new GatewayHttp(connection, connection.RequireApiKey());
        var conversation = new ChatConversation(parsed.GetValue(s_model)!);
        if (parsed.GetValue(s_system) is { Length: > 0 } system)
        {
            conversation.Add("system", system);
        }

        var isJson = GlobalFlags.WantsJson(parsed);
        var chat = new ChatStream(gateway, connection.BaseUrl, isJson ? null : Console.Out);
        var prompt = string.Join(' ', parsed.GetValue(s_prompt) ?? []);
        if (prompt.Length is 0 && !Console.IsInputRedirected && !isJson)
        {
            return await ConverseAsync(conversation, chat, ct);
        }

        if (prompt.Length is 0)
        {
            prompt = await Console.In.ReadToEndAsync(ct);
        }

        if (string.IsNullOrWhiteSpace(prompt))
        {
            throw new CliFailure(ExitCode.Usage, "There is nothing to ask.", "arda chat \"Hello\"");
        }

        conversation.Add("user", prompt);
        var answer = await chat.AskAsync(conversation, ct);
        if (isJson)
        {
            Console.Out.WriteLine(answer.AsJson());
        }
        else
        {
            await Console.Error.WriteLineAsync(answer.Summary());
        }

        return ExitCode.Done;
    }

    /// <summary>Until the end of the input. A refusal ends the question, not the conversation.</summary>
    private static async Task<int> ConverseAsync(
        ChatConversation conversation,
        ChatStream chat,
        CancellationToken ct
    )
    {
        while (true)
        {
            await Console.Error.WriteAsync("> ");
            var line = await Console.In.ReadLineAsync(ct);
            if (line is null)
            {
                return ExitCode.Done;
            }

            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            conversation.Add("user", line);
            try
            {
                var answer = await chat.AskAsync(conversation, ct);
                conversation.Add("assistant", answer.Content);
                await Console.Error.WriteLineAsync(answer.Summary());
            }
            catch (CliFailure failure)
            {
                conversation.ForgetLast();
                failure.Print(Console.Error, asJson: false);
            }
        }
    }
}

/// <summary>What was said so far.</summary>
internal sealed class ChatConversation(string model)
{
    private readonly List<(string Role, string Text)> _messages = [];

    public void Add(string role, string text) => _messages.Add((role, text));

    public void ForgetLast() => _messages.RemoveAt(_messages.Count - 1);

    public byte[] AsRequest()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, JsonText.Options))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteBoolean("stream", true);
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
            json.WriteStartArray("messages");
            foreach (var (role, text) in _messages)
            {
                json.WriteStartObject();
                json.WriteString("role", role);
                json.WriteString("content", text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
