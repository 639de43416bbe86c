using System.Buffers;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>
/// Writes what really happened as JSON Lines: <c>person</c>, <c>position</c>, <c>visit</c>, <c>cheat</c> and, at the end
/// of each day of the city's time zone, <c>day</c> with the metres really gone.
/// </summary>
public sealed class TruthLog : IDisposable
{
    private const int MovingEveryS = 2, RestingEveryS = 60;
    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _line = new(512);
    private readonly Utf8JsonWriter _json;
    private readonly Dictionary<Person, Day> _days = [];
    private readonly Lock _gate = new();

    /// <summary>A log into a stream, which it owns from here on.</summary>
    public TruthLog(Stream stream)
    {
        _stream = stream;
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Introduces everybody, with the cheats to come.</summary>
    public void Begin(World world)
    {
        ArgumentNullException.ThrowIfNull(world);
        lock (_gate)
        {
            foreach (Person person in world.People) Introduce(person);
        }
    }

    internal void Step(Person person, double stepM, bool indoors, bool inTunnel)
    {
        lock (_gate)
        {
            Day day = DayOf(person);
            day.DistanceM += stepM;
            if (person.Now < day.NextPositionAt) return;
            day.NextPositionAt = person.Now + TimeSpan.FromSeconds(indoors ? RestingEveryS : MovingEveryS);
            Open("position", person);
            _json.WriteString("at", person.Now.ToString());
            WritePosition(person.TruePosition);
            _json.WriteNumber("speedMps", Math.Round(person.TrueSpeedMps, 2));
            _json.WriteString("where", indoors ? "indoors" : inTunnel ? "tunnel" : "street");
            Close();
        }
    }

    internal void Visit(Person person, TrueVisit visit)
    {
        lock (_gate)
        {
            Open("visit", person);
            _json.WriteString("customer", visit.Customer.Id);
            _json.WriteString("beganAt", visit.BeganAt.ToString());
            _json.WriteString("endedAt", visit.EndedAt.ToString());
            Close();
        }
    }

    /// <summary>Closes the days that are open and the stream.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach ((Person person, Day day) in _days) End(person, day);
            _days.Clear();
            _json.Dispose();
            _stream.Dispose();
        }
    }

    private void Introduce(Person person)
    {
        Open("person", person);
        _json.WriteString("name", person.Spec.Name);
        _json.WriteString("group", person.Spec.Group);
        _json.WriteString("city", person.City.Spec.Key);
        _json.WriteString("phone", person.Spec.Phone.Name);
        _json.WriteString("protocol", JsonNamingPolicy.CamelCase.ConvertName(person.Spec.Protocol.ToString()));
        WritePosition(person.Home.Position);
        Close();
        if (person.Spec.Cheat.Kind == CheatKind.None) return;
        Open("cheat", person);
        _json.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(person.Spec.Cheat.Kind.ToString()));
        _json.WriteString("from", person.Spec.Cheat.From.ToString());
        _json.WriteString("to", person.Spec.Cheat.To.ToString());
        Close();
    }

    private Day DayOf(Person person)
    {
        if (_days.TryGetValue(person, out Day? day) && person.Now < day.EndsAt) return day;
        if (day is not null) End(person, day);
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(person.City.Spec.TimeZone);
        DateTime local = TimeZoneInfo.ConvertTime(person.Now.ToDateTimeOffset(), zone).Date;
        DateTime next = local.AddDays(1);
        day = new Day { Date = DateOnly.FromDateTime(local), EndsAt = Instant.From(new DateTimeOffset(next, zone.GetUtcOffset(next))) };
        return _days[person] = day;
    }

    private void End(Person person, Day day)
    {
        Open("day", person);
        _json.WriteString("date", day.Date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        _json.WriteNumber("distanceM", Math.Round(day.DistanceM, 2));
        Close();
    }

    private void Open(string type, Person person)
    {
        _json.WriteStartObject();
        _json.WriteString("type", type);
        _json.WriteString("person", person.Spec.Id);
    }

    private void WritePosition(GeoPoint position)
    {
        _json.WriteNumber("latitude", Math.Round(position.LatitudeDeg, 7));
        _json.WriteNumber("longitude", Math.Round(position.LongitudeDeg, 7));
    }

    private void Close()
    {
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        _stream.Write(_line.WrittenSpan);
        _line.ResetWrittenCount();
        _json.Reset();
    }

    private sealed class Day
    {
        public DateOnly Date { get; init; }

        public Instant EndsAt { get; init; }

        public Instant NextPositionAt { get; set; }

        public double DistanceM { get; set; }
    }
}
