using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace Arda.Gateway.Http.Logs;

/// <summary>What Program.cs calls first: one sink, redacted, and nothing beside it.</summary>
public static class LogSetup
{
    private const string FrameworkLevel = "Logging:LogLevel:Microsoft.AspNetCore";

    /// <param name="builder">Of the server.</param>
    /// <param name="isForPeople">Readable lines, as the demo has them; JSON otherwise.
    /// <c>Logging:Format</c> (text or json) decides where it is set.</param>
    public static void AddLogs(this WebApplicationBuilder builder, bool isForPeople)
    {
        const string Key = "Logging:Format";
        var format = builder.Configuration[Key] switch
        {
            null or "" => isForPeople ? TextLines.FormatterName : JsonLines.FormatterName,
            "text" => TextLines.FormatterName,
            "json" => JsonLines.FormatterName,
            var other => throw new ConfigurationException(Key, other, "text or json"),
        };
        builder.Services.TryAddSingleton(TimeProvider.System);
        var logging = builder.Logging;
        // Another provider would be a sink without the redaction.
        logging.ClearProviders();
        logging.AddConsole(console => console.FormatterName = format);
        logging.AddConsoleFormatter<JsonLines, ConsoleFormatterOptions>();
        logging.AddConsoleFormatter<TextLines, ConsoleFormatterOptions>();
        if (builder.Configuration[FrameworkLevel] is null)
        {
            // The edge says in one line what the framework says in five.
            logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        }
    }
}
