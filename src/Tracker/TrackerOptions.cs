namespace Tracking.Tracker;

/// <summary>The parameters of the rules; every one has the default of the rule's description.</summary>
public sealed record TrackerOptions
{
    /// <summary>Defaults.</summary>
    public static readonly TrackerOptions Default = new();

    /// <summary>Which fixes count.</summary>
    public AdmissionOptions Admission { get; init; } = new();

    /// <summary>What a stop, a trip and a gap are.</summary>
    public StopOptions Stops { get; init; } = new();

    /// <summary>How mileage is smoothed.</summary>
    public DistanceOptions Distance { get; init; } = new();

    /// <summary>When positions count as mocked.</summary>
    public MockOptions Mock { get; init; } = new();

    /// <summary>When a rep counts as silent.</summary>
    public SignalOptions Signal { get; init; } = new();

    /// <summary>Visits, speed and battery.</summary>
    public BehaviourOptions Behaviour { get; init; } = new();

    /// <summary>Shifts and check-ins.</summary>
    public DutyOptions Duty { get; init; } = new();

    /// <summary>A copy that shares no part with this one, so that a part may be changed in place while it is being read.</summary>
    public TrackerOptions Copy() => new()
    {
        Admission = Admission with { },
        Stops = Stops with { },
        Distance = Distance with { },
        Mock = Mock with { },
        Signal = Signal with { },
        Behaviour = Behaviour with { },
        Duty = Duty with { },
    };

    /// <summary>Checks every parameter.</summary>
    /// <exception cref="ArgumentException">A parameter is out of range; the message names its key and value.</exception>
    public void Validate()
    {
        Admission.Validate();
        Stops.Validate();
        Distance.Validate();
        Mock.Validate();
        Signal.Validate();
        Behaviour.Validate();
        Duty.Validate();
    }
}

/// <summary>The parameters of admission.</summary>
public sealed record AdmissionOptions
{
    /// <summary>How far the device's clock may be ahead of ours.</summary>
    public TimeSpan FutureTolerance { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Metres of accuracy above which a fix is inaccurate.</summary>
    public double InaccurateAboveM { get; init; } = 100;

    /// <summary>Metres per second above which movement between two fixes is not believed; raise it for trains and flights.</summary>
    public double ImpossibleSpeedMps { get; init; } = 70;

    /// <summary>The shortest time that implied speeds are computed with: many devices report whole seconds.</summary>
    public TimeSpan ClockGrain { get; init; } = TimeSpan.FromSeconds(1);

    internal void Validate()
    {
        OptionCheck.Positive(FutureTolerance, "Admission:FutureTolerance");
        OptionCheck.Positive(InaccurateAboveM, "Admission:InaccurateAboveM");
        OptionCheck.Positive(ImpossibleSpeedMps, "Admission:ImpossibleSpeedMps");
        OptionCheck.Positive(ClockGrain, "Admission:ClockGrain");
    }
}

/// <summary>The parameters of stops, trips and gaps.</summary>
public sealed record StopOptions
{
    /// <summary>How long a rep must stay for a stop.</summary>
    public TimeSpan StopMinimum { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Metres around the anchor within which a rep stays.</summary>
    public double StopRadiusM { get; init; } = 60;

    /// <summary>Metres of way that make a trip; less is folded into the stop.</summary>
    public double TripMinimumM { get; init; } = 200;

    /// <summary>Metres from the anchor at which one fix alone shows that the rep has left.</summary>
    public double SureLeaveM { get; init; } = 200;

    /// <summary>Silence beyond which nothing is concluded about the time between two fixes.</summary>
    public TimeSpan GapMinimum { get; init; } = TimeSpan.FromMinutes(10);

    internal void Validate()
    {
        OptionCheck.Positive(StopMinimum, "Stops:StopMinimum");
        OptionCheck.Positive(StopRadiusM, "Stops:StopRadiusM");
        OptionCheck.Positive(TripMinimumM, "Stops:TripMinimumM");
        OptionCheck.Positive(SureLeaveM, "Stops:SureLeaveM");
        OptionCheck.Positive(GapMinimum, "Stops:GapMinimum");
        if (StopMinimum > GapMinimum)
            throw new ArgumentException($"Stops:StopMinimum ({StopMinimum}) must not be longer than Stops:GapMinimum ({GapMinimum}).");
    }
}

/// <summary>The parameters of mileage.</summary>
public sealed record DistanceOptions
{
    /// <summary>Metres of accuracy that are assumed where a fix names none.</summary>
    public double UnknownAccuracyM { get; init; } = 10;

    internal void Validate() => OptionCheck.Positive(UnknownAccuracyM, "Distance:UnknownAccuracyM");
}

/// <summary>The parameters of mock evidence.</summary>
public sealed record MockOptions
{
    /// <summary>Score at which a case is opened, 0 to 1.</summary>
    public double SuspectAt { get; init; } = 0.7;

    /// <summary>Score below which the case is closed.</summary>
    public double ClearBelow { get; init; } = 0.3;

    /// <summary>Time in which the score halves while nothing is added.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromMinutes(10);

    internal void Validate()
    {
        OptionCheck.Positive(HalfLife, "Mock:HalfLife");
        OptionCheck.Positive(ClearBelow, "Mock:ClearBelow");
        if (!(SuspectAt > ClearBelow && SuspectAt <= 1))
            throw new ArgumentException($"Mock:SuspectAt ({SuspectAt}) must be above Mock:ClearBelow ({ClearBelow}) and at most 1.");
    }
}

/// <summary>The parameters of signal loss.</summary>
public sealed record SignalOptions
{
    /// <summary>Intervals of silence after which a rep is stale.</summary>
    public double StaleIntervals { get; init; } = 3;

    /// <summary>A rep is not stale before this much silence, however short its interval: networks hiccup.</summary>
    public TimeSpan StaleMinimum { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Intervals of silence after which a rep is lost.</summary>
    public double LostIntervals { get; init; } = 5;

    /// <summary>A rep is not lost before this much silence.</summary>
    public TimeSpan LostMinimum { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The interval that is assumed until one is learnt.</summary>
    public TimeSpan FirstInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Fixes that are older than this when they come in are an import, which raises no signal events.</summary>
    public TimeSpan ImportAge { get; init; } = TimeSpan.FromDays(1);

    internal void Validate()
    {
        OptionCheck.Positive(StaleIntervals, "Signal:StaleIntervals");
        OptionCheck.Positive(LostIntervals, "Signal:LostIntervals");
        OptionCheck.Positive(StaleMinimum, "Signal:StaleMinimum");
        OptionCheck.Positive(LostMinimum, "Signal:LostMinimum");
        OptionCheck.Positive(FirstInterval, "Signal:FirstInterval");
        OptionCheck.Positive(ImportAge, "Signal:ImportAge");
        if (StaleMinimum > LostMinimum || StaleIntervals > LostIntervals)
            throw new ArgumentException(
                $"Signal: stale ({StaleMinimum}, {StaleIntervals} intervals) must not come after lost ({LostMinimum}, {LostIntervals} intervals).");
    }
}

/// <summary>The parameters of visits, speed and battery.</summary>
public sealed record BehaviourOptions
{
    /// <summary>How long a stay at a customer's must be for a visit.</summary>
    public TimeSpan VisitMinimum { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it must be to be called a visit that was too short, rather than passing by.</summary>
    public TimeSpan VisitNoticed { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Metres per second that nobody may exceed anywhere; null: only geofences have limits.</summary>
    public double? SpeedLimitMps { get; init; }

    /// <summary>How much faster than the limit is let pass, as a part of it.</summary>
    public double OverspeedTolerance { get; init; } = 0.1;

    /// <summary>How long it must last.</summary>
    public TimeSpan OverspeedMinimum { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Per cent at which a battery that is not charging is low.</summary>
    public double BatteryLowPct { get; init; } = 15;

    /// <summary>Per cent above that at which it may be low again.</summary>
    public double BatteryBackPct { get; init; } = 10;

    /// <summary>How long a rep with a shift may stand, on duty, outside of customers', offices, work areas and homes.</summary>
    public TimeSpan LongStopMinimum { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a rep may be outside of every work area that concerns it, on duty.</summary>
    public TimeSpan OffAreaMinimum { get; init; } = TimeSpan.FromMinutes(10);

    internal void Validate()
    {
        OptionCheck.Positive(LongStopMinimum, "Behaviour:LongStopMinimum");
        OptionCheck.Positive(OffAreaMinimum, "Behaviour:OffAreaMinimum");
        OptionCheck.Positive(VisitMinimum, "Behaviour:VisitMinimum");
        OptionCheck.Positive(VisitNoticed, "Behaviour:VisitNoticed");
        OptionCheck.Positive(OverspeedTolerance, "Behaviour:OverspeedTolerance");
        OptionCheck.Positive(OverspeedMinimum, "Behaviour:OverspeedMinimum");
        OptionCheck.Positive(BatteryLowPct, "Behaviour:BatteryLowPct");
        OptionCheck.Positive(BatteryBackPct, "Behaviour:BatteryBackPct");
        if (SpeedLimitMps is double limit) OptionCheck.Positive(limit, "Behaviour:SpeedLimitMps");
        if (VisitNoticed > VisitMinimum)
            throw new ArgumentException($"Behaviour:VisitNoticed ({VisitNoticed}) must not be longer than Behaviour:VisitMinimum ({VisitMinimum}).");
    }
}

/// <summary>The parameters of shifts and check-ins.</summary>
public sealed record DutyOptions
{
    /// <summary>Whether fixes and device events of a time off duty are kept; they are shown as such and judged by no rule.</summary>
    public bool StoreOffDuty { get; init; }

    /// <summary>After how long a shift that a check-in began ends by itself.</summary>
    public TimeSpan MaxShift { get; init; } = TimeSpan.FromHours(16);

    /// <summary>How far the newest fix may be from a check-in.</summary>
    public TimeSpan CheckInFreshness { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Metres that its accuracy may have.</summary>
    public double CheckInAccuracyM { get; init; } = 50;

    internal void Validate()
    {
        OptionCheck.Positive(MaxShift, "Duty:MaxShift");
        OptionCheck.Positive(CheckInFreshness, "Duty:CheckInFreshness");
        OptionCheck.Positive(CheckInAccuracyM, "Duty:CheckInAccuracyM");
        if (MaxShift > TimeSpan.FromDays(7)) throw new ArgumentException($"Duty:MaxShift must be 7 days at most; it is {MaxShift}.");
    }
}

internal static class OptionCheck
{
    public static void Positive(double value, string key)
    {
        if (!(value > 0 && double.IsFinite(value))) throw new ArgumentException($"{key} must be above 0; it is {value}.");
    }

    public static void Positive(TimeSpan value, string key)
    {
        if (value <= TimeSpan.Zero) throw new ArgumentException($"{key} must be above 0; it is {value}.");
    }
}
