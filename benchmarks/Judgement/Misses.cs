using Tracking.Contracts;

namespace Tracking.Judgement;

/// <summary>With <c>--misses</c>, tells about each wrong judgement, to look into it.</summary>
internal static class Misses
{
    private static readonly bool Wanted = Environment.GetCommandLineArgs().Contains("--misses");

    public static void Tell(string what)
    {
        if (Wanted) Console.Error.WriteLine(what);
    }

    public static void Tell(string what, MockSuspected suspected) =>
        Tell($"{what} at {suspected.At}: {string.Join("; ", suspected.Evidence.Select(static e => $"{e.Kind} {e.Weight:0.00} {e.Text.En}"))}");
}
