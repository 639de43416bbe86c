using Tracking.Contracts;

namespace Tracking.Server.Import;

/// <summary>A fix that was read from a file; an unknown number is NaN.</summary>
internal readonly record struct ImportFix(Instant FixedAt, GeoPoint Position)
{
    /// <summary>Metres.</summary>
    public double AltitudeM { get; init; } = double.NaN;

    /// <summary>Metres per second.</summary>
    public double SpeedMps { get; init; } = double.NaN;

    /// <summary>Degrees clockwise from north.</summary>
    public double CourseDeg { get; init; } = double.NaN;

    /// <summary>Metres.</summary>
    public double AccuracyM { get; init; } = double.NaN;

    /// <summary>0 to 100.</summary>
    public double BatteryPct { get; init; } = double.NaN;
}

/// <summary>A line of a file: a fix, or what is wrong with it.</summary>
/// <param name="Line">Number of the line, from 1.</param>
/// <param name="Fix">The fix; null: there is none.</param>
/// <param name="Problem">Why there is none.</param>
internal readonly record struct ImportRow(long Line, ImportFix? Fix, string? Problem)
{
    /// <summary>A line with a fix, if its position and time are possible.</summary>
    public static ImportRow Of(long line, ImportFix fix)
    {
        if (!(fix.Position.LatitudeDeg is >= -90 and <= 90)) return Bad(line, FormattableString.Invariant($"latitude out of range: {fix.Position.LatitudeDeg}"));
        if (!(fix.Position.LongitudeDeg is >= -180 and <= 180)) return Bad(line, FormattableString.Invariant($"longitude out of range: {fix.Position.LongitudeDeg}"));
        if (!fix.FixedAt.IsRepresentable) return Bad(line, $"time out of range: {fix.FixedAt.EpochMs} ms");
        return new ImportRow(line, fix, null);
    }

    /// <summary>A line that cannot be used.</summary>
    public static ImportRow Bad(long line, string problem) => new(line, null, problem);
}

/// <summary>Reads files of tracks.</summary>
internal static class TrackFile
{
    /// <summary>Reads a file by what its name ends with: <c>.gpx</c>, <c>.rec</c>; everything else is CSV.</summary>
    public static IEnumerable<ImportRow> Read(string path, Stream stream) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".gpx" or ".xml" => GpxFile.Read(stream),
        ".rec" => RecFile.Read(stream),
        ".csv" or ".tsv" or ".txt" => CsvFile.Read(stream),
        string other => throw Complaint.Usage($"'{path}': files ending with '{other}' are not known; .gpx, .csv, .tsv and .rec are."),
    };
}
