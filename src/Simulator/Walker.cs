using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>A stay at a customer's as it really was.</summary>
/// <param name="Customer">Where.</param>
/// <param name="BeganAt">When the door was reached.</param>
/// <param name="EndedAt">When it was left.</param>
public sealed record TrueVisit(Place Customer, Instant BeganAt, Instant EndedAt);

/// <summary>How somebody spends working days.</summary>
internal sealed record Habits
{
    public required Vehicle Vehicle { get; init; }
    public required Place Home { get; init; }
    public required Place Office { get; init; }
    public required IReadOnlyList<Place> Customers { get; init; }
    public required double ShortestVisitS { get; init; }
    public required double LongestVisitS { get; init; }

    /// <summary>Factor on speed limits: some drive slowly, some too fast.</summary>
    public required double Hurry { get; init; }

    public TimeSpan WorkingTime { get; init; } = TimeSpan.FromHours(9);
}

/// <summary>Somebody on the move through working days: home, office, customers, lunch, home. Steps of one second.</summary>
internal sealed class Walker
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly City _city;
    private readonly Habits _habits;
    private readonly Dice _dice;
    private Place _place;
    private Place _goal;
    private Instant _leaveAt;
    private Instant _arrivedAt;
    private Instant _workBegins;
    private bool _hadLunch;
    private bool _atWork;
    private Journey? _journey;

    /// <summary>Somebody at home who goes to work at an instant.</summary>
    public Walker(City city, Habits habits, Instant now, Instant workBegins, Dice dice)
        : this(city, habits, habits.Home, now, workBegins, workBegins, dice) { }

    private Walker(City city, Habits habits, Place place, Instant now, Instant leaveAt, Instant workBegins, Dice dice)
    {
        (_city, _habits, _dice, _place, _goal, Now, _arrivedAt) = (city, habits, dice, place, place, now, now);
        (_leaveAt, _workBegins) = (leaveAt, workBegins);
    }

    /// <summary>The instant of the state.</summary>
    public Instant Now { get; private set; }

    /// <summary>Where.</summary>
    public PlanePoint At => _journey?.At ?? _place.At;

    /// <summary>Metres per second.</summary>
    public double SpeedMps => _journey?.SpeedMps ?? 0;

    /// <summary>Degrees clockwise from north.</summary>
    public double BearingDeg => _journey?.BearingDeg ?? 0;

    /// <summary>Within walls.</summary>
    public bool Indoors => _journey is null;

    /// <summary>Without sky.</summary>
    public bool InTunnel => _journey?.InTunnel ?? false;

    /// <summary>Whether there is a charger: at home, in the office, or in the vehicle.</summary>
    public bool AtCharger(bool inVehicle) => _journey is null ? _place.Kind != PlaceKind.Customer : inVehicle && _journey.Riding;

    /// <summary>The last stay at a customer's that ended; taken away by reading.</summary>
    public TrueVisit? TakeVisit()
    {
        TrueVisit? visit = _ended;
        _ended = null;
        return visit;
    }

    private TrueVisit? _ended;

    /// <summary>Somebody who sits where this one is until an instant and then goes on working.</summary>
    public Walker SitHere(Instant until, Dice dice)
    {
        PlanePoint at = At;
        var here = new Place("here", "here", PlaceKind.Home, _city.ToGeo(at), 0) { At = at, Junction = _city.Streets.Nearest(at) };
        return new Walker(_city, _habits, here, Now, until, _workBegins, dice) { _atWork = _atWork, _hadLunch = _hadLunch };
    }

    /// <summary>Moves on by one second.</summary>
    public void Step()
    {
        Now += Second;
        if (_journey is null)
        {
            if (Now >= _leaveAt) Leave();
            return;
        }
        _journey.Step();
        if (_journey.Done) Arrive();
    }

    private void Leave()
    {
        if (_place.Kind == PlaceKind.Customer) _ended = new TrueVisit(_place, _arrivedAt, Now);
        _goal = ChooseGoal();
        if (_goal == _place) _leaveAt = Now + TimeSpan.FromSeconds(StaySeconds(_goal));
        else _journey = new Journey(_city, _place, _goal, _habits.Vehicle, _habits.Hurry * _dice.Between(0.95, 1.04), _dice);
    }

    private Place ChooseGoal()
    {
        if (_atWork && Now >= _workBegins + _habits.WorkingTime)
        {
            (_atWork, _hadLunch) = (false, false);
            _workBegins += TimeSpan.FromDays(1);
            return _habits.Home;
        }
        bool starts = !_atWork;
        _atWork = true;
        if (_dice.Chance(starts ? 0.4 : 0.06)) return _habits.Office;
        // Mostly the nearer of two: nobody drives criss-cross all day.
        Place one = _dice.Pick(_habits.Customers), other = _dice.Pick(_habits.Customers);
        if (one == _place) return other;
        return other == _place || (one.At - _place.At).LengthM < (other.At - _place.At).LengthM ? one : other;
    }

    private void Arrive()
    {
        _journey = null;
        _place = _goal;
        _arrivedAt = Now;
        _leaveAt = Now + TimeSpan.FromSeconds(Math.Round(StaySeconds(_place)));
        if (!_atWork && _leaveAt < _workBegins) _leaveAt = _workBegins;
    }

    private double StaySeconds(Place place)
    {
        double seconds = place.Kind == PlaceKind.Office ? _dice.Between(300, 1500) : _dice.Between(_habits.ShortestVisitS, _habits.LongestVisitS);
        if (_hadLunch || Now < _workBegins + TimeSpan.FromHours(4)) return seconds;
        _hadLunch = true;
        return seconds + _dice.Between(1200, 2400);
    }
}
