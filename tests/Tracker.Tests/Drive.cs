using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>A rep's way, told as a story: <c>Drive.From(depot).For(10.Minutes()).At(50.KmPerHour())</c>.</summary>
internal sealed class Drive
{
    public static readonly Instant Morning = new(1_790_000_000_000);
    public static readonly GeoPoint Depot = new(48.2, 16.37);

    private readonly Random _random = new(7);
    private TimeSpan _every = TimeSpan.FromSeconds(10);
    private TimeSpan _pending;
    private double _noiseM;
    private double _courseDeg = 90;
    private double _accuracyM = 5;

    private Drive(GeoPoint from) => Position = from;

    public List<Fix> Fixes { get; } = [];

    /// <summary>Where the rep truly is.</summary>
    public GeoPoint Position { get; private set; }

    public Instant Now { get; private set; } = Morning;

    /// <summary>The true length of the way, metres.</summary>
    public double TrueM { get; private set; }

    public Fix Last => Fixes[^1];

    public static Drive From(GeoPoint position) => new(position);

    public Drive Every(TimeSpan interval)
    {
        _every = interval;
        return this;
    }

    /// <summary>Each axis is off by a normal error from now on.</summary>
    public Drive Noisy(double sigmaM)
    {
        _noiseM = sigmaM;
        return this;
    }

    public Drive Accurate(double accuracyM)
    {
        _accuracyM = accuracyM;
        return this;
    }

    public Drive Towards(double courseDeg)
    {
        _courseDeg = courseDeg;
        return this;
    }

    public Drive For(TimeSpan duration)
    {
        _pending = duration;
        return this;
    }

    /// <summary>Spends the time of <see cref="For"/> at a speed in the present direction.</summary>
    public Drive At(double speedMps)
    {
        for (TimeSpan spent = TimeSpan.Zero; spent < _pending; spent += _every)
        {
            Fixes.Add(Make());
            Now += _every;
            Position = Geodesy.Destination(Position, _courseDeg, speedMps * _every.TotalSeconds);
            TrueM += speedMps * _every.TotalSeconds;
        }
        return this;
    }

    public Drive Still() => At(0);

    /// <summary>Lets time pass without a fix.</summary>
    public Drive Silent(TimeSpan duration)
    {
        Now += duration;
        return this;
    }

    /// <summary>The rep is somewhere else, by a way nobody saw.</summary>
    public Drive AppearAt(GeoPoint position)
    {
        Position = position;
        return this;
    }

    /// <summary>One fix here and now, changed as one likes.</summary>
    public Drive Fix(Func<Fix, Fix> change)
    {
        Fixes.Add(change(Make()));
        Now += _every;
        return this;
    }

    /// <summary>One fix somewhere else, while the rep is where it is.</summary>
    public Drive WildFix(double awayM, double accuracyM = 5) =>
        Fix(fix => fix with { Position = Geodesy.Destination(Position, 0, awayM).Quantised(), AccuracyM = (float)accuracyM });

    private Fix Make() => new()
    {
        FixedAt = Now,
        ReceivedAt = Now + TimeSpan.FromMilliseconds(300),
        Position = Jittered().Quantised(),
        AccuracyM = (float)_accuracyM,
    };

    private GeoPoint Jittered() =>
        _noiseM == 0 ? Position : new LocalFrame(Position).ToPoint(_noiseM * Normal(_random), _noiseM * Normal(_random));

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

internal static class DriveUnits
{
    public static TimeSpan Seconds(this int count) => TimeSpan.FromSeconds(count);

    public static TimeSpan Minutes(this int count) => TimeSpan.FromMinutes(count);

    public static TimeSpan Hours(this int count) => TimeSpan.FromHours(count);

    public static double KmPerHour(this int speed) => speed / 3.6;
}

/// <summary>A tracker with what it gave so far.</summary>
internal sealed class Run
{
    public Run(params Geofence[] fences) : this(null, fences) { }

    public Run(Func<int, GeoPoint, double>? neighboursLost, params Geofence[] fences)
    {
        Context = new TrackerContext
        {
            Options = TrackerOptions.Default,
            Geofences = new GeofenceIndex(),
            FindRep = static key => new Rep(key, "ann", "Ann", "", "Europe/Vienna"),
            NeighboursLost = neighboursLost,
        };
        foreach (Geofence fence in fences) Context.Geofences.Put(fence);
        Tracker = new RepTracker(1, Context);
    }

    public Run(TrackerContext context)
    {
        Context = context;
        Tracker = new RepTracker(1, context);
    }

    public TrackerContext Context { get; }

    public RepTracker Tracker { get; private set; }

    public TurnOutput Output { get; } = new();

    public List<JudgedFix> Judged => Output.Judged;

    public List<TrackEvent> Events => Output.Events;

    public RepLive Live => Tracker.Live;

    public Run Take(IEnumerable<Fix> fixes)
    {
        foreach (Fix fix in fixes) Tracker.Apply(fix, Output);
        return this;
    }

    public Run Take(Drive drive) => Take(drive.Fixes);

    public FixOutcome? Take(Fix fix) => Tracker.Apply(fix, Output);

    public Run Tick(Instant now)
    {
        Tracker.Tick(now, Output);
        return this;
    }

    public byte[] Saved()
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        Tracker.Save(writer);
        return writer.WrittenSpan.ToArray();
    }

    public Run Restored()
    {
        Tracker = RepTracker.Load(1, Saved(), Context);
        return this;
    }

    public IReadOnlyList<T> Of<T>() where T : TrackEvent => [.. Events.OfType<T>()];

    public DayReport Report(Instant begin, Instant end) =>
        DayReports.Derive([.. Judged.Where(static j => j.Outcome != FixOutcome.Duplicate).OrderBy(static j => j.Fix.FixedAt)], begin, end, Context.Options.Everyone);

    public DayReport Report() => Report(new(Instant.Min.EpochMs), Instant.Max);
}
