using Arda.Gateway.Load.Clients;
using Arda.Gateway.Load.Targets;

namespace Arda.Gateway.Load.Run;

/// <summary>One kind of load; together with a target and a round it makes a cell.</summary>
/// <param name="Name">How results name it.</param>
/// <param name="IsSaturation">The target's core is meant to be the limit.</param>
/// <param name="GapMilliseconds">The mock's pace between the events of a stream.</param>
/// <param name="Load">Makes the load.</param>
internal sealed record Measure(
    string Name,
    bool IsSaturation,
    int GapMilliseconds,
    Func<Target, Plan, ILoad> Load
)
{
    public const double RequestsPerSecond = 300;
    public const double StreamsPerSecond = 30;
    public const int PacedStreams = 256;
    private const int PacedGap = 10;

    public static readonly Measure Json32 = Saturate("json-32", 32, RequestBodies.SmallBytes);

    public static readonly Measure Json256 = Saturate("json-256", 256, RequestBodies.SmallBytes);

    public static readonly Measure Large32 = Saturate("large-32", 32, RequestBodies.LargeBytes);

    public static readonly Measure Messages32 = new(
        "messages-32",
        IsSaturation: true,
        GapMilliseconds: 0,
        (target, plan) =>
            new Saturation(
                LoadRequest.Messages(target, RequestBodies.SmallBytes, stream: false),
                32,
                plan.WarmSeconds,
                plan.Seconds
            )
    );

    public static readonly Measure Open = new(
        "open",
        IsSaturation: false,
        GapMilliseconds: 0,
        (target, plan) =>
            new OpenLoop(
                LoadRequest.Chat(target, RequestBodies.SmallBytes, stream: false),
                RequestsPerSecond,
                plan.WarmSeconds,
                plan.Seconds + 1
            )
    );

    public static readonly Measure Paced = new(
        "streams-256",
        IsSaturation: false,
        PacedGap,
        (target, plan) =>
            new ClosedStreams(
                LoadRequest.Chat(target, RequestBodies.SmallBytes, stream: true),
                PacedStreams,
                plan.WarmSeconds,
                plan.Seconds
            )
    );

    public static readonly Measure FirstByte = new(
        "streams-open",
        IsSaturation: false,
        PacedGap,
        (target, plan) =>
            new OpenLoop(
                LoadRequest.Chat(target, RequestBodies.SmallBytes, stream: true),
                StreamsPerSecond,
                plan.WarmSeconds,
                plan.Seconds + 1
            )
    );

    public static readonly Measure[] All =
    [
        Json32,
        Json256,
        Large32,
        Messages32,
        Open,
        Paced,
        FirstByte,
    ];

    private static Measure Saturate(string name, int connections, int bytes) =>
        new(
            name,
            IsSaturation: true,
            GapMilliseconds: 0,
            (target, plan) =>
                new Saturation(
                    LoadRequest.Chat(target, bytes, stream: false),
                    connections,
                    plan.WarmSeconds,
                    plan.Seconds
                )
        );
}
