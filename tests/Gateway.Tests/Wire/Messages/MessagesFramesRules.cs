using System.Text;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire.Messages;

/// <summary>What the official clients rely on in a stream, checked frame by frame.</summary>
internal static class MessagesFramesRules
{
    public static void Assert(IReadOnlyList<byte[]> frames)
    {
        var open = -1;
        var next = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            var name = Encoding.UTF8.GetString(SseScanner.Parse(frames[i]).Name);
            var json = Steps.Json(frames[i]);
            Xunit.Assert.NotEmpty(name);
            Xunit.Assert.Equal(name, json["type"]!.GetValue<string>());
            Xunit.Assert.Equal(i == 0, name == "message_start");
            Xunit.Assert.Equal(i == frames.Count - 1, name == "message_stop");
            switch (name)
            {
                case "message_start":
                    Xunit.Assert.True((long)json["message"]!["usage"]!["input_tokens"]! >= 0);
                    break;
                case "content_block_start":
                    Xunit.Assert.Equal(-1, open);
                    Xunit.Assert.Equal(next, (int)json["index"]!);
                    open = next++;
                    break;
                case "content_block_delta":
                    Xunit.Assert.Equal(open, (int)json["index"]!);
                    break;
                case "content_block_stop":
                    Xunit.Assert.Equal(open, (int)json["index"]!);
                    open = -1;
                    break;
                case "message_delta":
                    Xunit.Assert.Equal(-1, open);
                    Xunit.Assert.True((long)json["usage"]!["output_tokens"]! >= 0);
                    break;
            }
        }
    }
}
