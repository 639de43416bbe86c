namespace Tracking.Server;

/// <summary>Something that the person at the terminal can mend; its message is all that is shown.</summary>
internal sealed class Complaint(string message) : Exception(message)
{
    /// <summary>What the program exits with: 1 failed, 2 wrong options.</summary>
    public int ExitCode { get; init; } = 1;

    /// <summary>A complaint about how the program was called or configured.</summary>
    public static Complaint Usage(string message) => new(message) { ExitCode = 2 };
}
