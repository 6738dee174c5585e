using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace Arda.Gateway.Cli;

/// <summary>Asks once and prints the answer while it arrives.</summary>
internal sealed class ChatStream(GatewayHttp gateway, Uri baseUrl, TextWriter? output)
{
    public async Task<ChatAnswer> AskAsync(ChatConversation conversation, CancellationToken ct)
    {
        using var response = await gateway.PostJsonAsync(
            "v1/chat/completions",
            conversation.AsRequest(),
            ct
        );
        var answer = new ChatAnswer(response);
        var isWhole = false;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            await foreach (var sent in SseParser.Create(body).EnumerateAsync(ct))
            {
                isWhole |= sent.Data is "[DONE]";
                if (!isWhole)
                {
                    Take(sent.Data, answer);
                }
            }
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            isWhole = false;
        }

        output?.WriteLine();
        return isWhole
            ? answer
            : throw new CliFailure(
                ExitCode.TryLater,
                "The answer broke off.",
                answer.GenerationId is { } id
                    ? $"arda generation {id} tells whether and what it was charged"
                    : "ask again"
            );
    }

    private void Take(string data, ChatAnswer answer)
    {
        JsonElement chunk;
        try
        {
            using var json = JsonDocument.Parse(data);
            chunk = json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return;
        }

        if (chunk.Member("error") is not null)
        {
            output?.WriteLine();
            throw GatewayErrors.Read(status: null, data, baseUrl, answer.RequestId);
        }

        answer.Usage = chunk.Member("usage") ?? answer.Usage;
        if (
            chunk.Member("choices") is { ValueKind: JsonValueKind.Array } choices
            && choices.GetArrayLength() > 0
        )
        {
            answer.FinishReason = choices[0].Text("finish_reason") ?? answer.FinishReason;
            if (choices[0].Member("delta")?.Text("content") is { Length: > 0 } text)
            {
                answer.Append(text);
                output?.Write(text);
                output?.Flush();
            }
        }
    }
}

/// <summary>An answer with what the gateway says about it in headers and usage.</summary>
internal sealed class ChatAnswer(HttpResponseMessage response)
{
    private readonly StringBuilder _content = new();
    private readonly string? _model = Header(response, "X-Arda-Selected-Model");
    private readonly string? _class = Header(response, "X-Arda-Routing-Class");
    private readonly string? _balanceCents = Header(response, "X-Gateway-Balance-Cents");
    private readonly bool _isLow = Header(response, "X-Gateway-Balance-Warning") is "low";

    public string? GenerationId { get; } = Header(response, "X-Arda-Generation-Id");

    public string? RequestId { get; } = Header(response, "x-request-id");

    public string Content => _content.ToString();

    public JsonElement Usage { get; set; }

    public string? FinishReason { get; set; }

    public void Append(string text) => _content.Append(text);

    public string Summary()
    {
        var parts = new List<string>();
        if (_model is not null)
        {
            parts.Add(_class is null ? _model : $"{_model} ({_class})");
        }

        if (
            Usage.Member("prompt_tokens") is { } input
            && Usage.Member("completion_tokens") is { } o
        )
        {
            parts.Add($"{input} in, {o} out");
        }

        if (Usage.Member("cost") is { } cost && cost.TryGetDecimal(out var usd))
        {
            parts.Add($"cost {Money.Usd(usd)}");
        }

        if (long.TryParse(_balanceCents, CultureInfo.InvariantCulture, out var cents))
        {
            // Said when the answer began, with the most that it could cost set aside.
            parts.Add($"balance at least {Money.Cents(cents)}{(_isLow ? " (low)" : "")}");
        }

        if (FinishReason is "length")
        {
            parts.Add("cut short by a limit");
        }

        if (GenerationId is not null)
        {
            parts.Add(GenerationId);
        }

        return parts.Count is 0 ? "(no account of the cost)" : string.Join(" · ", parts);
    }

    public string AsJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, JsonText.Options))
        {
            json.WriteStartObject();
            json.WriteString("content", Content);
            json.WriteString("finish_reason", FinishReason);
            json.WriteString("selected_model", _model);
            json.WriteString("routing_class", _class);
            json.WriteString("generation_id", GenerationId);
            json.WriteString("request_id", RequestId);
            if (long.TryParse(_balanceCents, CultureInfo.InvariantCulture, out var cents))
            {
                json.WriteNumber("balance_cents", cents);
            }

            if (Usage.ValueKind is JsonValueKind.Object)
            {
                json.WritePropertyName("usage");
                Usage.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
