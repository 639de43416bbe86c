using System.Diagnostics;

namespace Tracking.EndToEnd.Tests;

/// <summary>
/// The mixed run, short: phones of every protocol, subscribers of every way, two nodes, and a random fault every few seconds. Ten
/// minutes of it: <c>dotnet run -c Release --project benchmarks/Faults</c>. TRACKING_FAULTS_SEED gives another schedule.
/// </summary>
public sealed class FaultsTests
{
    [Fact]
    public async Task Whatever_fails_nothing_is_lost_doubled_or_out_of_order()
    {
        string seed = Environment.GetEnvironmentVariable("TRACKING_FAULTS_SEED") is { Length: > 0 } given ? given : "17";
        string program = Path.Combine(ServerProcess.Root, "benchmarks/Faults/bin/Release/net10.0/Tracking.Faults.dll");
        var start = new ProcessStartInfo("dotnet", [program, "--minutes", "1.2", "--reps", "12", "--rate", "300", "--seed", seed]) { RedirectStandardOutput = true };
        using Process run = Process.Start(start)!;
        string table = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        Assert.True(run.ExitCode == 0, table);
    }
}
