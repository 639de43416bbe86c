using System.Collections.Concurrent;
using System.Diagnostics;
using Span = System.Diagnostics.Activity;

namespace Tracking.Contracts;

/// <summary>
/// Follows single fixes through every step, as spans of one trace: decode, admit, journal, dispatch, turn, alert log, deliver. A fix leaves
/// its request at the journal, so the trace goes on by who and when the fix is, and from its alert on by the alert's id. While nobody
/// listens each step asks one field and does nothing; what is followed at a time is bounded, the oldest is let go.
/// </summary>
public static class FixTrace
{
    /// <summary>The name of the source of the spans.</summary>
    public const string SourceName = "Tracking";

    private const int MaxFollowed = 1024;
    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Followed<(int RepKey, Instant FixedAt)> Fixes = new();
    private static readonly Followed<string> Alerts = new();

    /// <summary>Whether fixes are followed that have not come to their turn.</summary>
    public static bool HasFixes => Fixes.HasAny;

    /// <summary>Whether alerts are followed.</summary>
    public static bool HasAlerts => Alerts.HasAny;

    /// <summary>Whether what is done now belongs to a trace.</summary>
    public static bool IsTraced => Source.HasListeners() && Span.Current is { Recorded: true };

    /// <summary>Begins a step of what is done now; null: it is not traced. Dispose it when the step ends.</summary>
    public static Span? Begin(string step) => Source.HasListeners() ? Source.StartActivity(step) : null;

    /// <summary>Follows a fix of the current trace beyond the journal; call it before the fix is appended.</summary>
    public static void Follow(int repKey, Instant fixedAt)
    {
        if (Span.Current is { Recorded: true } current) Fixes.Add((repKey, fixedAt), new Place(current.Context));
    }

    /// <summary>Begins the turn of a fix, where it is followed; the way from the journal until now is the dispatch.</summary>
    /// <param name="repKey">Whose.</param>
    /// <param name="fixedAt">When it was taken.</param>
    /// <param name="postedAt">When its block of the journal was posted to the trackers; the default: not known.</param>
    public static Span? BeginTurn(int repKey, Instant fixedAt, DateTimeOffset postedAt)
    {
        if (!Fixes.TryTake((repKey, fixedAt), out Place? place)) return null;
        if (postedAt == default) postedAt = DateTimeOffset.UtcNow;
        Source.StartActivity("dispatch", ActivityKind.Internal, place.Context, startTime: postedAt)?.Dispose();
        return Source.StartActivity("turn", ActivityKind.Internal, place.Context);
    }

    /// <summary>Follows an alert that a turn has decided.</summary>
    public static void FollowAlert(string alertId, Span turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        Alerts.Add(alertId, new Place(turn.Context));
    }

    /// <summary>An alert is in the log.</summary>
    public static void Logged(string alertId) => End("alert log", alertId, null);

    /// <summary>A subscriber was given an alert.</summary>
    /// <param name="alertId">Which.</param>
    /// <param name="way">By which way, such as <c>webhook</c>.</param>
    public static void Delivered(string alertId, string way) => End("deliver", alertId, way);

    private static void End(string step, string alertId, string? way)
    {
        if (!Alerts.TryFind(alertId, out Place? place)) return;
        using Span? span = Source.StartActivity(step, ActivityKind.Internal, place.Context, startTime: place.Since);
        if (way is null) place.Since = DateTimeOffset.UtcNow;
        else span?.SetTag("tracking.way", way);
    }

    private sealed class Place(ActivityContext context)
    {
        public ActivityContext Context { get; } = context;

        public DateTimeOffset Since { get; set; } = DateTimeOffset.UtcNow;
    }

    private sealed class Followed<TKey> where TKey : notnull
    {
        private readonly ConcurrentDictionary<TKey, Place> _places = new();
        private readonly ConcurrentQueue<TKey> _order = new();
        private int _count;

        public bool HasAny => Volatile.Read(ref _count) > 0;

        public void Add(TKey key, Place place)
        {
            if (!_places.TryAdd(key, place)) return;
            Interlocked.Increment(ref _count);
            _order.Enqueue(key);
            while (_order.Count > MaxFollowed && _order.TryDequeue(out TKey? oldest)) TryTake(oldest, out _);
        }

        public bool TryFind(TKey key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Place? place) => _places.TryGetValue(key, out place);

        public bool TryTake(TKey key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Place? place)
        {
            if (!_places.TryRemove(key, out place)) return false;
            Interlocked.Decrement(ref _count);
            return true;
        }
    }
}
