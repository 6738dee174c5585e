using System.Text;
using Arda.Gateway.Kernel;
using Arda.Gateway.Wire;

namespace Arda.Gateway.Tests.Wire;

public sealed class MediaScanTests
{
    private static readonly string Blob = new('A', 100_000);

    [Fact]
    public void A_picture_is_no_text_wherever_its_type_stands()
    {
        var first = Messages(
            $$$"""{"type":"image","source":{"type":"base64","data":"{{{Blob}}}"}}"""
        );
        var last = Messages(
            $$$"""{"source":{"data":"{{{Blob}}}","type":"base64"},"type":"image"}"""
        );
        Assert.InRange(first.TextBytes, 50, 400);
        Assert.Equal(first.TextBytes, last.TextBytes);
        Assert.Equal(1, last.Images);
    }

    [Fact]
    public void Data_in_the_arguments_of_a_tool_is_text()
    {
        var scan = Messages(
            $$$"""{"type":"tool_use","id":"t","name":"f","input":{"type":"image","data":"{{{Blob}}}"}}"""
        );
        Assert.True(scan.TextBytes > Blob.Length);
        Assert.Equal(0, scan.Images);
    }

    [Fact]
    public void Data_of_a_part_that_is_no_medium_is_text()
    {
        var scan = Messages($$$"""{"type":"text","text":"hi","data":"{{{Blob}}}"}""");
        Assert.True(scan.TextBytes > Blob.Length);
    }

    [Fact]
    public void A_document_of_plain_text_is_text()
    {
        var scan = Messages(
            $$$"""{"type":"document","source":{"type":"text","media_type":"text/plain","data":"{{{Blob}}}"}}"""
        );
        Assert.True(scan.TextBytes > Blob.Length);
        Assert.Equal(0, scan.DocumentBytes);
    }

    [Fact]
    public void A_document_by_address_has_no_size()
    {
        var scan = Messages(
            """{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}"""
        );
        Assert.Equal(1, scan.UnseenDocuments);
        var inline = Messages(
            $$$"""{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"{{{Blob}}}"}}"""
        );
        Assert.Equal(0, inline.UnseenDocuments);
        Assert.Equal(Blob.Length, inline.DocumentBytes);
    }

    [Fact]
    public void A_picture_in_the_result_of_a_tool_counts()
    {
        var scan = Messages(
            $$$"""{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"base64","data":"{{{Blob}}}"}}]}"""
        );
        Assert.Equal(1, scan.Images);
        Assert.InRange(scan.TextBytes, 50, 400);
    }

    [Fact]
    public void Responses_parts_are_seen()
    {
        var body =
            $$$"""{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,{{{Blob}}}"}]}]}""";
        Assert.False(
            RequestScan
                .Read(WireFormat.OpenAiResponses, Encoding.UTF8.GetBytes(body))
                .Denied(out _, out var scan)
        );
        Assert.Equal(1, scan!.Images);
        Assert.InRange(scan.TextBytes, 50, 400);
    }

    private static RequestScan Messages(string part)
    {
        var body =
            $$$"""{"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{{{part}}}]}]}""";
        Denial? denial;
        Assert.False(
            RequestScan
                .Read(WireFormat.AnthropicMessages, Encoding.UTF8.GetBytes(body))
                .Denied(out denial, out var scan),
            denial?.ToString()
        );
        return scan!;
    }
}
