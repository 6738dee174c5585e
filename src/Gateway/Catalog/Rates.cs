namespace Arda.Gateway.Catalog;

/// <summary>
/// Rates as a price list states them, in integer pico-USD per token (which is micro-USD per million
/// tokens) or per event. Null is "not stated", which is not the same as zero: zero is a price.
/// </summary>
public sealed record Rates
{
    public static readonly Rates None = new();

    public long? Input { get; init; }

    public long? Output { get; init; }

    public long? CacheRead { get; init; }

    public long? CacheWrite { get; init; }

    public long? CacheWrite5m { get; init; }

    public long? CacheWrite1h { get; init; }

    public long? Reasoning { get; init; }

    public long? AudioInput { get; init; }

    public long? ImageInput { get; init; }

    public long? ImageOutput { get; init; }

    /// <summary>Pico-USD per request.</summary>
    public long? PerRequest { get; init; }

    /// <summary>Pico-USD per search that the provider runs on its own.</summary>
    public long? WebSearch { get; init; }

    /// <summary>These rates where they are stated, and those below where they are not.</summary>
    public Rates Over(Rates below) =>
        new()
        {
            Input = Input ?? below.Input,
            Output = Output ?? below.Output,
            CacheRead = CacheRead ?? below.CacheRead,
            CacheWrite = CacheWrite ?? below.CacheWrite,
            CacheWrite5m = CacheWrite5m ?? below.CacheWrite5m,
            CacheWrite1h = CacheWrite1h ?? below.CacheWrite1h,
            Reasoning = Reasoning ?? below.Reasoning,
            AudioInput = AudioInput ?? below.AudioInput,
            ImageInput = ImageInput ?? below.ImageInput,
            ImageOutput = ImageOutput ?? below.ImageOutput,
            PerRequest = PerRequest ?? below.PerRequest,
            WebSearch = WebSearch ?? below.WebSearch,
        };
}

/// <summary>
/// Rates with every gap filled by its rule. Cached prompt tokens without a rate of their own cost
/// input; a cache write of one kind falls back to the other kind before it falls back to input;
/// reasoning and images in the answer cost output. All in pico-USD.
/// </summary>
internal sealed record UnitPrices
{
    public long Input { get; private init; }

    public long Output { get; private init; }

    public long CacheRead { get; private init; }

    public long CacheWrite { get; private init; }

    public long CacheWrite5m { get; private init; }

    public long CacheWrite1h { get; private init; }

    public long Reasoning { get; private init; }

    public long AudioInput { get; private init; }

    public long ImageInput { get; private init; }

    public long ImageOutput { get; private init; }

    public long PerRequest { get; private init; }

    public long WebSearch { get; private init; }

    public static UnitPrices From(Rates rates)
    {
        var input = rates.Input ?? 0;
        var output = rates.Output ?? 0;
        return new()
        {
            Input = input,
            Output = output,
            CacheRead = rates.CacheRead ?? input,
            CacheWrite = rates.CacheWrite ?? rates.CacheWrite5m ?? input,
            CacheWrite5m = rates.CacheWrite5m ?? rates.CacheWrite ?? input,
            CacheWrite1h = rates.CacheWrite1h ?? rates.CacheWrite ?? input,
            Reasoning = rates.Reasoning ?? output,
            AudioInput = rates.AudioInput ?? input,
            ImageInput = rates.ImageInput ?? input,
            ImageOutput = rates.ImageOutput ?? output,
            PerRequest = rates.PerRequest ?? 0,
            WebSearch = rates.WebSearch ?? 0,
        };
    }

    /// <summary>The dearer of both, rate by rate.</summary>
    public static UnitPrices Dearer(UnitPrices a, UnitPrices b) =>
        new()
        {
            Input = Math.Max(a.Input, b.Input),
            Output = Math.Max(a.Output, b.Output),
            CacheRead = Math.Max(a.CacheRead, b.CacheRead),
            CacheWrite = Math.Max(a.CacheWrite, b.CacheWrite),
            CacheWrite5m = Math.Max(a.CacheWrite5m, b.CacheWrite5m),
            CacheWrite1h = Math.Max(a.CacheWrite1h, b.CacheWrite1h),
            Reasoning = Math.Max(a.Reasoning, b.Reasoning),
            AudioInput = Math.Max(a.AudioInput, b.AudioInput),
            ImageInput = Math.Max(a.ImageInput, b.ImageInput),
            ImageOutput = Math.Max(a.ImageOutput, b.ImageOutput),
            PerRequest = Math.Max(a.PerRequest, b.PerRequest),
            WebSearch = Math.Max(a.WebSearch, b.WebSearch),
        };

    /// <summary>The dearest that one prompt token of such a request can cost.</summary>
    public long DearestPrompt(RequestParts parts)
    {
        var dearest = Math.Max(Input, CacheRead);
        dearest = Add(dearest, parts, RequestParts.CacheWrites, Math.Max(CacheWrite, CacheWrite5m));
        dearest = Add(dearest, parts, RequestParts.CacheWrites1h, CacheWrite1h);
        dearest = Add(dearest, parts, RequestParts.Audio, AudioInput);
        return Add(dearest, parts, RequestParts.Images, ImageInput);
    }

    /// <summary>The dearest that one token of the answer can cost.</summary>
    public long DearestOutput(RequestParts parts) =>
        Add(Math.Max(Output, Reasoning), parts, RequestParts.ImageOutput, ImageOutput);

    private static long Add(long dearest, RequestParts parts, RequestParts part, long rate) =>
        (parts & part) != RequestParts.None ? Math.Max(dearest, rate) : dearest;
}

/// <summary>
/// What a request may contain that has a price of its own. Leaving a part out of a bound promises
/// that the request cannot be billed for it.
/// </summary>
[Flags]
public enum RequestParts
{
    None = 0,
    Audio = 1,
    Images = 2,

    /// <summary>Cache writes that live five minutes or have a single rate; some providers write
    /// without being asked.</summary>
    CacheWrites = 4,
    CacheWrites1h = 8,
    ImageOutput = 16,
    All = Audio | Images | CacheWrites | CacheWrites1h | ImageOutput,
}
