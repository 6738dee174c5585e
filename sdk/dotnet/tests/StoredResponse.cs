using System.ClientModel.Primitives;

namespace Arda.Gateway.Sdk.Tests;

/// <summary>An answer as the official OpenAI client keeps it in its exception.</summary>
internal sealed class StoredResponse(int status, string body) : PipelineResponse
{
    public override int Status => status;

    public override string ReasonPhrase => "";

    public override Stream? ContentStream { get; set; }

    public override BinaryData Content => BinaryData.FromString(body);

    protected override PipelineResponseHeaders HeadersCore { get; } = new NoHeaders();

    public override BinaryData BufferContent(CancellationToken cancellationToken = default) =>
        Content;

    public override ValueTask<BinaryData> BufferContentAsync(
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(Content);

    public override void Dispose() { }

    private sealed class NoHeaders : PipelineResponseHeaders
    {
        public override IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
            Enumerable.Empty<KeyValuePair<string, string>>().GetEnumerator();

        public override bool TryGetValue(string name, out string? value)
        {
            value = null;
            return false;
        }

        public override bool TryGetValues(string name, out IEnumerable<string>? values)
        {
            values = null;
            return false;
        }
    }
}
