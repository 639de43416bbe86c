using Microsoft.Extensions.Logging.Console;

namespace Tracking.Server;

/// <summary>
/// The log of the server: a line each, as text or as a JSON object (<c>Timestamp</c>, <c>LogLevel</c>, <c>Category</c>, <c>Message</c> and
/// the message's values under <c>State</c>). Lines name parts, numbers and reasons, never who is where.
/// </summary>
internal static class ServerLogs
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Has it written as the options say.</summary>
    public static void Configure(ILoggingBuilder logging, ServerOptions options)
    {
        logging.ClearProviders();
        if (options.LogsJson) logging.AddJsonConsole(static console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, TimeFormat));
        else
        {
            logging.AddSimpleConsole(static console =>
                (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, TimeFormat + " "));
        }
        // Standard output belongs to the ready line and to what commands print.
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(options.LogLevel);
        // The web stack would write every request's address: a phone's has its id, its position and its secret.
        logging.AddFilter("Microsoft.AspNetCore", options.LogLevel < LogLevel.Warning ? LogLevel.Warning : options.LogLevel);
    }
}
