using System.CommandLine;

namespace Tracking.Server.Commands;

/// <summary>The <c>tracking</c> program's command line.</summary>
internal static class Root
{
    /// <summary>Parses, runs, and turns complaints into a line on standard error.</summary>
    /// <returns>0 done, 1 failed, 2 wrong options.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        ParseResult parsed = Build().Parse(args);
        if (parsed.Errors.Count > 0) return Refuse(parsed);
        try
        {
            // Commands deal with signals themselves: the server drains, the others stop at once.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Complaint complaint)
        {
            await Console.Error.WriteLineAsync($"tracking: {complaint.Message}");
            return complaint.ExitCode;
        }
        catch (Tracking.Store.StoreUnavailableException unavailable)
        {
            await Console.Error.WriteLineAsync($"tracking: {unavailable.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception unforeseen)
        {
            await Console.Error.WriteLineAsync($"tracking: unforeseen, please report: {unforeseen}");
            return 1;
        }
    }

    /// <summary>All commands.</summary>
    public static RootCommand Build() => new("Tracking: a real-time geospatial tracking server")
    {
        ServeCommand.Build(),
        TokenCommand.Build(),
        DeviceCommand.Build(),
        RepCommand.Build(),
        ImportCommand.Build(),
        ExportCommand.Build(),
        ReplayCommand.Build(),
        ClaimCommand.Build(),
        SimulateCommand.Build(),
        DemoCommand.Build(),
        BackupCommand.BuildBackup(),
        BackupCommand.BuildRestore(),
        EraseCommand.Build(),
        DoctorCommand.Build(),
    };

    private static int Refuse(ParseResult parsed)
    {
        foreach (var error in parsed.Errors) Console.Error.WriteLine($"tracking: {error.Message}");
        Console.Error.WriteLine("tracking: --help tells the commands and their options.");
        return 2;
    }
}
