using System.Text;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>What a decoder must know besides the bytes.</summary>
/// <param name="Protocol">By which protocol they came.</param>
/// <param name="ReceivedAt">When they came.</param>
/// <param name="Oldest">Fixes from before are unusable; <see cref="Instant.Min"/>: none is too old.</param>
internal readonly record struct DecodeContext(Protocol Protocol, Instant ReceivedAt, Instant Oldest)
{
    public DecodeContext(Protocol protocol, Instant receivedAt) : this(protocol, receivedAt, Instant.Min) { }
}

/// <summary>
/// A fix in the making: decoders fill in what they find, in our units, and <see cref="Finish"/> decides what it is. The
/// first flaw wins. Numbers that make no sense in optional fields are unknown, not flaws: the position counts.
/// </summary>
internal struct FixDraft
{
    private const double MaxAltitudeM = 1e6, MaxSpeedMps = 1e5, MaxAccuracyM = 1e9;

    public FixDraft() { }

    public double LatitudeDeg = double.NaN, LongitudeDeg = double.NaN;
    public bool HasLatitude, HasLongitude, HasFixedAt;
    public long FixedAtMs;
    public double AltitudeM = double.NaN, SpeedMps = double.NaN, CourseDeg = double.NaN, AccuracyM = double.NaN, BatteryPct = double.NaN;
    public double Satellites = double.NaN;
    public Activity Activity;
    public LocationProvider Provider;
    public DeviceAlarm Alarm;
    public FixTraits Traits;
    public ulong IdempotencyHash;
    public bool HasCrs;
    public Crs Crs;
    public TextSlice DeviceId;
    public Flaw Flaw;

    public void SetLatitude(double degrees) => (LatitudeDeg, HasLatitude) = (degrees, true);

    public void SetLongitude(double degrees) => (LongitudeDeg, HasLongitude) = (degrees, true);

    public void SetFixedAt(Instant instant) => (FixedAtMs, HasFixedAt) = (instant.EpochMs, true);

    /// <summary>Sets the time from milliseconds since 1970; a number beyond the years 1 to 9999 is a flaw.</summary>
    public void SetFixedAt(double epochMs)
    {
        if (epochMs >= Instant.Min.EpochMs && epochMs <= Instant.Max.EpochMs) SetFixedAt(new Instant((long)Math.Floor(epochMs)));
        else Complain(FlawKind.OutOfRange, "fixedAt", epochMs);
    }

    /// <summary>Sets the time from ISO 8601; anything else is a flaw.</summary>
    public void SetFixedAt(ReadOnlySpan<byte> text, DecodedBatch batch)
    {
        if (TryReadInstant(text, out Instant instant)) SetFixedAt(instant);
        else Complain(FlawKind.WrongType, "fixedAt", text, batch);
    }

    /// <summary>Sets the coordinate system by its name; an unknown one is a flaw, since the position could be half a kilometre off.</summary>
    public void SetCrs(ReadOnlySpan<byte> name, DecodedBatch batch)
    {
        HasCrs = Words.TryCrs(name, out Crs);
        if (!HasCrs) Complain(FlawKind.WrongType, "crs", name, batch);
    }

    public void SetCharging(bool charging) =>
        Traits = (Traits & ~FixTraits.Charging) | FixTraits.ChargingKnown | (charging ? FixTraits.Charging : 0);

    public void SetTrait(FixTraits trait, bool holds) => Traits = holds ? Traits | trait : Traits & ~trait;

    public void Complain(FlawKind kind, string field, double number = double.NaN)
    {
        if (Flaw.Kind == FlawKind.None) Flaw = new Flaw { Kind = kind, Field = field, Number = number };
    }

    public void Complain(FlawKind kind, string field, ReadOnlySpan<byte> value, DecodedBatch batch)
    {
        if (Flaw.Kind != FlawKind.None) return;
        TextSlice kept = batch.Keep(value[..Math.Min(value.Length, 64)]);
        Flaw = new Flaw { Kind = kind, Field = field, Number = double.NaN, Text = kept };
    }

    /// <summary>Decides what the draft is and puts it into an item of the batch.</summary>
    /// <param name="item">The item.</param>
    /// <param name="context">Protocol and time.</param>
    /// <param name="batch">Where texts go; its attributes become the item's.</param>
    public void Finish(ref DecodedItem item, in DecodeContext context, DecodedBatch batch)
    {
        CheckTime(context, batch);
        CheckPosition();
        (item.DeviceId, item.HasCrs, item.Crs, item.Flaw) = (DeviceId, HasCrs, Crs, Flaw);
        item.Kind = Flaw.Kind == FlawKind.None ? DecodedKind.Fix : DecodedKind.Unusable;
        if (item.Kind == DecodedKind.Unusable) return;
        if (!HasLatitude) Traits |= FixTraits.NoPosition;
        if (!batch.Attributes.IsEmpty) item.Payload = batch.Keep(batch.Attributes.Close());
        item.Fix = new Fix
        {
            FixedAt = new Instant(FixedAtMs),
            ReceivedAt = context.ReceivedAt,
            Position = HasLatitude ? new GeoPoint(LatitudeDeg, LongitudeDeg) : default,
            AltitudeM = Known(AltitudeM, -MaxAltitudeM, MaxAltitudeM),
            SpeedMps = Known(SpeedMps, 0, MaxSpeedMps),
            CourseDeg = KnownCourse(CourseDeg),
            AccuracyM = Known(AccuracyM, 0, MaxAccuracyM),
            BatteryPct = Known(BatteryPct, 0, 100),
            Satellites = Satellites is >= 0 and <= short.MaxValue ? (short)Satellites : (short)-1,
            Activity = Activity,
            Provider = Provider,
            Alarm = Alarm,
            Traits = Traits,
            Protocol = context.Protocol,
            IdempotencyHash = IdempotencyHash,
        };
    }

    /// <summary>Reads ISO 8601 from UTF-8.</summary>
    public static bool TryReadInstant(ReadOnlySpan<byte> utf8, out Instant instant)
    {
        instant = default;
        if (utf8.Length is < 10 or > 40 || utf8[4] != (byte)'-') return false;
        if (TryReadFixedForm(utf8, out instant)) return true;
        Span<char> text = stackalloc char[40];
        return Ascii.IsValid(utf8) && Encoding.ASCII.TryGetChars(utf8, text, out int length) && Instant.TryParse(text[..length], out instant);
    }

    // yyyy-MM-ddTHH:mm:ss[.fff]Z is what nearly everybody sends; the general parser is ten times slower.
    private static bool TryReadFixedForm(ReadOnlySpan<byte> utf8, out Instant instant)
    {
        instant = default;
        if (utf8.Length is not (20 or 24) || utf8[^1] != (byte)'Z' || utf8[10] != (byte)'T') return false;
        if (!TryReadParts(utf8, out DateTime time)) return false;
        int ms = 0;
        if (utf8.Length == 24 && (utf8[19] != (byte)'.' || !TryDigits(utf8.Slice(20, 3), out ms))) return false;
        instant = new Instant((time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond + ms);
        return true;
    }

    private static bool TryReadParts(ReadOnlySpan<byte> utf8, out DateTime time)
    {
        time = default;
        if (utf8[7] != (byte)'-' || utf8[13] != (byte)':' || utf8[16] != (byte)':') return false;
        if (!TryDigits(utf8[..4], out int year) || !TryDigits(utf8.Slice(5, 2), out int month) || !TryDigits(utf8.Slice(8, 2), out int day)
            || !TryDigits(utf8.Slice(11, 2), out int hour) || !TryDigits(utf8.Slice(14, 2), out int minute)
            || !TryDigits(utf8.Slice(17, 2), out int second))
            return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        time = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            value = value * 10 + (digit - '0');
        }
        return true;
    }

    private void CheckTime(in DecodeContext context, DecodedBatch batch)
    {
        if (Flaw.Kind != FlawKind.None) return;
        if (!HasFixedAt) Complain(FlawKind.Missing, "fixedAt");
        else if (FixedAtMs < context.Oldest.EpochMs)
            Complain(FlawKind.Retention, "fixedAt", Encoding.UTF8.GetBytes(new Instant(FixedAtMs).ToString()), batch);
    }

    private void CheckPosition()
    {
        if (Flaw.Kind != FlawKind.None) return;
        if (HasLatitude != HasLongitude) Complain(FlawKind.Missing, HasLatitude ? "longitude" : "latitude");
        else if (!HasLatitude) return;
        else if (!(LatitudeDeg is >= -90 and <= 90)) Complain(FlawKind.OutOfRange, "latitude", LatitudeDeg);
        else if (!(LongitudeDeg is >= -180 and <= 180)) Complain(FlawKind.OutOfRange, "longitude", LongitudeDeg);
        else if (LatitudeDeg == 0 && LongitudeDeg == 0) Complain(FlawKind.NullIsland, "latitude");
    }

    private static float Known(double value, double least, double most) => value >= least && value <= most ? (float)value : float.NaN;

    private static float KnownCourse(double value)
    {
        float course = Known(value, 0, 360);
        return course >= 360 ? 0 : course;
    }
}
