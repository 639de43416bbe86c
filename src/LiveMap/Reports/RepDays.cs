using System.Collections.Concurrent;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Reports;

/// <summary>A report would take more than the server gives to one; told to whoever asked for it.</summary>
internal sealed class TooMuchException(string message) : Exception(message);

/// <summary>
/// Day reports of reps, derived from their tracks and kept for a while: a report is taken again as long as the track around
/// its day has the fixes that it had. Few are derived at a time, so that the live map does not suffer.
/// </summary>
internal sealed class RepDays(ITrackStore tracks, RepOptions options) : IDisposable
{
    private const int Page = 20_000, MaxFixes = 1_000_000, MaxKept = 5000;
    private readonly SemaphoreSlim _deriving = new(Parallelism);
    private readonly ConcurrentDictionary<(int RepKey, Instant Begin), Kept> _kept = new();
    private readonly ConcurrentQueue<(int RepKey, Instant Begin)> _order = new();

    private sealed record Kept(Instant End, ActivityBucket Track, TrackerOptions Options, DayReport Report);

    /// <summary>How many days may be derived at once.</summary>
    public static int Parallelism => Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>The parameters by which a rep is judged.</summary>
    public TrackerOptions OptionsOf(Rep rep) => options.Of(rep);

    /// <summary>Reads the fixes of a time, in order.</summary>
    /// <exception cref="TooMuchException">There are more than a million.</exception>
    public async Task<List<JudgedFix>> ReadFixesAsync(Rep rep, Instant from, Instant to, CancellationToken cancel)
    {
        List<JudgedFix> fixes = [];
        TrackPosition? after = null;
        do
        {
            TrackPage page = await tracks.ReadTrackAsync(rep.Key, from, to, after, Page, cancel);
            fixes.AddRange(page.Fixes);
            if (fixes.Count > MaxFixes) throw new TooMuchException($"{rep.Id} has more than {MaxFixes} fixes between {from} and {to}.");
            after = page.Next;
        }
        while (after is not null);
        return fixes;
    }

    /// <summary>What a rep did on a day.</summary>
    public async Task<DayReport> ReportAsync(Rep rep, LocalDay day, CancellationToken cancel)
    {
        (Instant from, Instant to) = (day.Begin - MileageClaim.Margin, day.End + MileageClaim.Margin);
        IReadOnlyList<ActivityBucket> activity = await tracks.ReadActivityAsync(new ActivityQuery([rep.Key], from, to, to - from), cancel);
        ActivityBucket track = activity.Count > 0 ? activity[0] : default;
        if (_kept.TryGetValue((rep.Key, day.Begin), out Kept? kept) && kept.End == day.End && kept.Track.Equals(track) && kept.Options == OptionsOf(rep)) return kept.Report;
        DayReport report = await DeriveAsync(rep, day, track.Fixes == 0 ? [] : await ReadFixesAsync(rep, from, to, cancel), cancel);
        Keep((rep.Key, day.Begin), new Kept(day.End, track, OptionsOf(rep), report));
        return report;
    }

    /// <summary>Derives a report of fixes that are read already: those of the day and <see cref="MileageClaim.Margin"/> around it.</summary>
    public async Task<DayReport> DeriveAsync(Rep rep, LocalDay day, IReadOnlyList<JudgedFix> fixes, CancellationToken cancel)
    {
        await _deriving.WaitAsync(cancel);
        try
        {
            return DayReports.Derive(fixes, day.Begin, day.End, OptionsOf(rep));
        }
        finally
        {
            _deriving.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _deriving.Dispose();

    private void Keep((int RepKey, Instant Begin) key, Kept report)
    {
        _kept[key] = report;
        _order.Enqueue(key);
        while (_order.Count > MaxKept && _order.TryDequeue(out (int RepKey, Instant Begin) oldest)) _kept.TryRemove(oldest, out _);
    }
}
