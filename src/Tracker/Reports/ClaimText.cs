using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// The canonical text of a claim and its SHA-256: first everything that went in, then what came out, so that anybody can work
/// it out again. Lines end with a line feed; docs/mileage.md describes each.
/// </summary>
public sealed class ClaimText : IDisposable
{
    /// <summary>The first line: the name of the form and its version.</summary>
    public const string Title = "tracking mileage claim 1";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly StringBuilder _text = new();

    /// <summary>Writes what a claim rests on but the fixes.</summary>
    public void Begin(ClaimTerms terms)
    {
        _text.Append(Title).Append("\nrep ").Append(terms.RepId).Append("\ntimeZone ").Append(terms.TimeZone).Append("\nvehicle ").Append(terms.Vehicle).Append('\n');
        foreach ((string name, string value) in OptionList.Of(terms.Options)) _text.Append("option ").Append(name).Append(' ').Append(value).Append('\n');
        foreach (MileageRate rate in terms.Days.Where(static d => d.Rate is not null).Select(static d => d.Rate!).DistinctBy(static r => r.Id)) Add(rate);
        foreach ((DateOnly begin, long metres) in terms.BroughtForward.OrderBy(static b => b.Key))
            _text.Append("broughtForward ").Append(Text(begin)).Append(' ').Append(Text(metres)).Append('\n');
        foreach (MockCase open in terms.MockCases)
            _text.Append("mock ").Append(open.From.ToString()).Append(' ').Append(open.To == Instant.Max ? "-" : open.To.ToString()).Append('\n');
        foreach (ClaimTerm term in terms.Days)
        {
            _text.Append("day ").Append(Text(term.Date)).Append(' ').Append(term.Day.Begin.ToString()).Append(' ').Append(term.Day.End.ToString())
                .Append(' ').Append(term.Rate?.Id ?? "-").Append('\n');
        }
    }

    /// <summary>Writes a fix; they come in the order of the track, each once.</summary>
    public void Add(in JudgedFix judged)
    {
        Fix fix = judged.Fix;
        _text.Append("fix ").Append(fix.FixedAt.ToString()).Append(' ');
        Degrees(fix.Position.LatitudeE7);
        Degrees(fix.Position.LongitudeE7);
        Known(fix.AccuracyM);
        Known(fix.SpeedMps);
        Known(fix.CourseDeg);
        _text.Append(((int)fix.Traits).ToString(Invariant)).Append(' ');
        if (fix.IdempotencyHash == 0) _text.Append('-');
        else _text.Append(fix.IdempotencyHash.ToString("x16", Invariant));
        _text.Append(' ').Append(Word(judged.Outcome)).Append('\n');
    }

    /// <summary>Writes what came out.</summary>
    public void End(IReadOnlyList<ClaimDay> days)
    {
        foreach (ClaimDay day in days)
        {
            _text.Append("= ").Append(Text(day.Date))
                .Append(" raw ").Append(Metres(day.RawM)).Append(" accepted ").Append(Metres(day.AcceptedM)).Append(" inferred ").Append(Metres(day.InferredM))
                .Append(" stationary ").Append(Metres(day.StationaryM)).Append(" doubted ").Append(Metres(day.DoubtedM))
                .Append(" paid ").Append(Text(day.PaidM)).Append(" trips ").Append(Text(day.Trips)).Append(" doubtedTrips ").Append(Text(day.DoubtedTrips));
            foreach (OutcomeCount rejected in day.Rejected) _text.Append(' ').Append(Word(rejected.Outcome)).Append(' ').Append(Text(rejected.Count));
            if (day.Amount is { } amount)
                _text.Append(" before ").Append(Text(amount.BeforeM)).Append(" amount ").Append(Money(amount)).Append(' ').Append(amount.Rate.Currency);
            _text.Append('\n');
        }
        _text.Append("= total paid ").Append(Text(days.Sum(static d => d.PaidM)));
        foreach ((string currency, string amount) in Totals(days)) _text.Append(' ').Append(amount).Append(' ').Append(currency);
        _text.Append('\n');
    }

    /// <summary>Takes what has been written since the last call, as UTF-8; the digest covers it from now on.</summary>
    public byte[] Take()
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(_text.ToString());
        _text.Clear();
        _hash.AppendData(utf8);
        return utf8;
    }

    /// <summary>SHA-256 of all that was taken, 64 hexadecimal digits; nothing can be written afterwards.</summary>
    public string Digest() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    /// <summary>What a claim is worth, by currency.</summary>
    public static IEnumerable<(string Currency, string Amount)> Totals(IReadOnlyList<ClaimDay> days) => days
        .Where(static day => day.Amount is not null).GroupBy(static day => day.Amount!.Rate.Currency, StringComparer.Ordinal)
        .OrderBy(static group => group.Key, StringComparer.Ordinal)
        .Select(static group => (group.Key, Money(group.Sum(static day => day.Amount!.Value), group.Max(static day => day.Amount!.Rate.Decimals))));

    /// <summary>A name for the parameters that mileage depends on: the first 16 hexadecimal digits of the SHA-256 of their lines.</summary>
    public static string VersionOf(TrackerOptions options)
    {
        string lines = string.Concat(OptionList.Of(options).Select(static o => $"option {o.Name} {o.Value}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)).AsSpan(0, 8));
    }

    /// <summary>An amount with the decimals of its rate: <c>12.50</c>.</summary>
    public static string Money(ClaimAmount amount) => Money(amount.Value, amount.Rate.Decimals);

    private static string Money(decimal value, int decimals) => value.ToString("F" + Text(decimals), Invariant);

    private void Add(MileageRate rate)
    {
        _text.Append("rate ").Append(Text(rate.Version)).Append(' ').Append(rate.Currency).Append(' ').Append(Text(rate.Decimals)).Append(' ')
            .Append(Word(rate.Unit)).Append(' ').Append(Word(rate.Period)).Append(' ')
            .Append(rate.YearBegins.Month.ToString("00", Invariant)).Append('-').Append(rate.YearBegins.Day.ToString("00", Invariant)).Append(' ').Append(rate.Id).Append('\n');
        foreach (RateTier tier in rate.Tiers)
            _text.Append("tier ").Append(tier.UpTo is { } upTo ? Plain(upTo) : "-").Append(' ').Append(Plain(tier.Rate)).Append('\n');
    }

    // A decimal remembers the zeros that it was written with; the number is the same without.
    private static string Plain(decimal value) => value.ToString("0.############################", Invariant);

    private void Degrees(int e7)
    {
        long magnitude = Math.Abs((long)e7);
        if (e7 < 0) _text.Append('-');
        _text.Append((magnitude / 10_000_000).ToString(Invariant)).Append('.').Append((magnitude % 10_000_000).ToString("0000000", Invariant)).Append(' ');
    }

    private void Known(float value) => _text.Append(float.IsNaN(value) ? "-" : value.ToString("R", Invariant)).Append(' ');

    // Whole metres: the last digits of a sum of binary fractions are no business of a claim.
    private static string Metres(double metres) => Text((long)Math.Round(metres, MidpointRounding.AwayFromZero));

    private static string Text(long value) => value.ToString(Invariant);

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", Invariant);

    private static string Word<TEnum>(TEnum value) where TEnum : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
