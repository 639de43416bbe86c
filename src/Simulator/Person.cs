using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>Who somebody is and what will happen to the phone.</summary>
public sealed record PersonSpec
{
    /// <summary>The rep's id, and the phone's.</summary>
    public required string Id { get; init; }

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>Path of the group.</summary>
    public required string Group { get; init; }

    /// <summary>The phone.</summary>
    public required PhoneModel Phone { get; init; }

    /// <summary>The protocol that its app speaks.</summary>
    public required Protocol Protocol { get; init; }

    /// <summary>The deceit, if any.</summary>
    public CheatWindow Cheat { get; init; }

    /// <summary>A second deceit on top of it, if any.</summary>
    public CheatWindow AlsoCheat { get; init; }

    /// <summary>When there is no network: fixes wait in the phone.</summary>
    public (Instant From, Instant To) Offline { get; init; }

    /// <summary>When the phone is switched off: nothing is measured.</summary>
    public (Instant From, Instant To) SwitchedOff { get; init; }
}

/// <summary>Takes what phones send.</summary>
public interface IReportSink
{
    /// <summary>A report that the phone can send now; called in the order of sending.</summary>
    void Report(Person person, in DeviceReport report);
}

/// <summary>A person with a phone: what really happens, and what the phone makes of it.</summary>
public sealed class Person
{
    private readonly City _city;
    private readonly Dice _dice;
    private readonly GpsReceiver _gps;
    private readonly Battery _battery;
    private readonly Deceiver _deceiver;
    private readonly Deceiver? _second;
    private readonly bool _chargesInVehicle;
    private readonly List<DeviceReport> _held = [];
    private Walker _body;
    private Walker _carrier;
    private Instant _nextFixAt;
    private GeoPoint _lastTrue;
    private bool _deceiving;
    private bool _wasMoving;

    internal Person(PersonSpec spec, City city, Habits habits, Instant now, Instant workBegins, double batteryPct, Dice dice)
    {
        (Spec, _city, _dice, Home) = (spec, city, dice, habits.Home);
        _gps = new GpsReceiver(spec.Phone.SigmaM, dice);
        _battery = new Battery(batteryPct, spec.Phone.DrainPctPerHour);
        _deceiver = new Deceiver(spec.Cheat, city, dice);
        _second = spec.AlsoCheat.Kind == CheatKind.None ? null : new Deceiver(spec.AlsoCheat, city, dice, onTop: true);
        _chargesInVehicle = dice.Chance(0.7);
        _body = _carrier = new Walker(city, habits, now, workBegins, dice);
        _lastTrue = city.ToGeo(_body.At);
        _nextFixAt = now;
    }

    /// <summary>Who.</summary>
    public PersonSpec Spec { get; }

    /// <summary>Where.</summary>
    public City City => _city;

    /// <summary>Where the person lives.</summary>
    public Place Home { get; }

    /// <summary>The instant up to which the person has lived.</summary>
    public Instant Now => _body.Now;

    /// <summary>Metres that the person has really gone.</summary>
    public double TrueDistanceM { get; private set; }

    /// <summary>Where the person really is.</summary>
    public GeoPoint TruePosition => _lastTrue;

    /// <summary>How fast the person really is, metres per second.</summary>
    public double TrueSpeedMps => _body.SpeedMps;

    /// <summary>Whether the person really is within walls.</summary>
    public bool TrulyIndoors => _body.Indoors;

    /// <summary>Fixes that wait in the phone for a network.</summary>
    public int Waiting => _held.Count;

    /// <summary>Lives on to an instant, second by second.</summary>
    /// <param name="to">Until when.</param>
    /// <param name="sink">Takes what the phone sends.</param>
    /// <param name="truth">Takes what really happens; null: nobody asks.</param>
    public void AdvanceTo(Instant to, IReportSink sink, TruthLog? truth = null)
    {
        while (_body.Now + TimeSpan.FromSeconds(1) <= to)
        {
            StepBodies();
            TellTruth(truth);
            bool charging = _carrier.AtCharger(_chargesInVehicle);
            _battery.Step(charging);
            bool off = _battery.Flat || Within(Spec.SwitchedOff);
            if (!off && IsDue()) Measure(sink, charging);
            if (_held.Count > 0 && !off && !Within(Spec.Offline)) SendHeld(sink);
        }
    }

    private bool Within((Instant From, Instant To) span) => Now >= span.From && Now < span.To;

    private void StepBodies()
    {
        bool deceiving = Spec.Cheat.Covers(_body.Now);
        if (deceiving != _deceiving)
        {
            _deceiving = deceiving;
            if (!deceiving) _carrier = _body;
            else if (Spec.Cheat.OwnerSits) _body = _body.SitHere(Spec.Cheat.To, _dice);
            else if (Spec.Cheat.Kind == CheatKind.PhoneLeft) _carrier = _body.SitHere(Spec.Cheat.To, _dice);
        }
        _body.Step();
        if (!ReferenceEquals(_carrier, _body)) _carrier.Step();
    }

    private void TellTruth(TruthLog? truth)
    {
        GeoPoint now = _city.ToGeo(_body.At);
        double step = Ellipsoid.DistanceM(_lastTrue, now);
        TrueDistanceM += step;
        _lastTrue = now;
        TrueVisit? visit = _body.TakeVisit();
        truth?.Step(this, step, _body.Indoors, _body.InTunnel);
        if (visit is not null) truth?.Visit(this, visit);
    }

    /// <summary>Apps report on a beat, and at once when a halt or a start is noticed.</summary>
    private bool IsDue()
    {
        bool moving = !_carrier.Indoors;
        bool changed = moving != _wasMoving;
        _wasMoving = moving;
        if (!changed && Now < _nextFixAt) return false;
        _nextFixAt = Now + TimeSpan.FromSeconds(moving ? Spec.Phone.MovingS : Spec.Phone.StillS);
        return true;
    }

    private void Measure(IReportSink sink, bool charging)
    {
        PlanePoint truth = _carrier.At;
        DeviceReport told = _deceiver.Deceive(_gps.Measure(_city, truth, _carrier, Now), truth);
        if (_second is not null) told = _second.Deceive(told, truth);
        DeviceReport report = told with
        {
            BatteryPct = (float)Math.Round(_battery.LevelPct),
            Charging = charging,
        };
        if (report.HasPosition) report = report with { Position = ChineseOffset.FromWgs84(report.Position, _city.Spec.Crs) };
        if (!Within(Spec.Offline)) sink.Report(this, report);
        else if (report.HasPosition) _held.Add(report);
    }

    private void SendHeld(IReportSink sink)
    {
        foreach (DeviceReport held in _held) sink.Report(this, held);
        _held.Clear();
    }
}
