var app = Program.Build(args);
app.Run();

internal sealed partial class Program
{
    internal static WebApplication Build(
        string[] args,
        Action<WebApplicationBuilder>? adjust = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        adjust?.Invoke(builder);
        return builder.Build();
    }
}
