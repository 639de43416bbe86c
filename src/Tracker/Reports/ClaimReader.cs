using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Reads a claim's canonical text and works the claim out again from what went in.</summary>
public static class ClaimReader
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Works a claim out again.</summary>
    /// <param name="lines">The lines of its text.</param>
    /// <returns>The text that follows from its inputs: the same one, if the claim is right.</returns>
    /// <exception cref="FormatException">A line cannot be read; the message names it.</exception>
    public static (byte[] Text, string Digest) Recompute(IEnumerable<string> lines)
    {
        var draft = new Draft();
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            try
            {
                if (number == 1 && line != ClaimText.Title) throw new FormatException($"the first line must be '{ClaimText.Title}'");
                if (number > 1 && !line.StartsWith("= ", StringComparison.Ordinal)) draft.Read(line);
            }
            catch (Exception wrong) when (wrong is FormatException or OverflowException or ArgumentException or IndexOutOfRangeException or InvalidOperationException)
            {
                throw new FormatException($"Line {number}: {wrong.Message}", wrong);
            }
        }
        if (number == 0) throw new FormatException("The text is empty.");
        return draft.Recompute();
    }

    private sealed class Draft
    {
        private readonly List<(string, string)> _options = [];
        private readonly List<MileageRate> _rates = [];
        private readonly Dictionary<DateOnly, long> _broughtForward = [];
        private readonly List<MockCase> _mockCases = [];
        private readonly List<ClaimTerm> _days = [];
        private readonly List<JudgedFix> _fixes = [];
        private string _repId = "", _timeZone = "", _vehicle = "";

        public void Read(string line)
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            string rest = line[(blank + 1)..];
            switch (line[..Math.Max(0, blank)])
            {
                case "rep": _repId = rest; break;
                case "timeZone": _timeZone = rest; break;
                case "vehicle": _vehicle = rest; break;
                case "option": _options.Add(Pair(rest)); break;
                case "rate": _rates.Add(RateOf(rest.Split(' ', 7))); break;
                case "tier": _rates[^1] = _rates[^1] with { Tiers = [.. _rates[^1].Tiers, TierOf(Pair(rest))] }; break;
                case "broughtForward": _broughtForward.Add(DateOf(Pair(rest).Item1), long.Parse(Pair(rest).Item2, Invariant)); break;
                case "mock": _mockCases.Add(new MockCase(InstantOf(Pair(rest).Item1), Pair(rest).Item2 == "-" ? Instant.Max : InstantOf(Pair(rest).Item2))); break;
                case "day": _days.Add(DayOf(rest.Split(' ', 4))); break;
                case "fix": _fixes.Add(FixOf(rest.Split(' '))); break;
                default: throw new FormatException("this kind of line is not known");
            }
        }

        public (byte[] Text, string Digest) Recompute()
        {
            var terms = new ClaimTerms(_repId, _timeZone, _vehicle, OptionList.Read(_options), _days, _broughtForward, _mockCases);
            var claim = new MileageClaim(terms);
            using var text = new ClaimText();
            text.Begin(terms);
            foreach (JudgedFix judged in _fixes) text.Add(judged);
            foreach (ClaimTerm term in _days)
            {
                Instant from = term.Day.Begin - MileageClaim.Margin, to = term.Day.End + MileageClaim.Margin;
                claim.Add(DayReports.Derive([.. _fixes.Where(j => j.Fix.FixedAt >= from && j.Fix.FixedAt < to)], term.Day.Begin, term.Day.End, terms.Options));
            }
            text.End(claim.Days);
            return (text.Take(), text.Digest());
        }

        private ClaimTerm DayOf(string[] parts) => new(DateOf(parts[0]), new LocalDay(InstantOf(parts[1]), InstantOf(parts[2])),
            parts[3] == "-" ? null : _rates.First(rate => rate.Id == parts[3]));

        private static MileageRate RateOf(string[] parts) => new()
        {
            Version = long.Parse(parts[0], Invariant),
            Currency = parts[1],
            Decimals = int.Parse(parts[2], Invariant),
            Unit = Enum.Parse<DistanceUnit>(parts[3], ignoreCase: true),
            Period = Enum.Parse<RatePeriod>(parts[4], ignoreCase: true),
            YearBegins = (int.Parse(parts[5].AsSpan(0, 2), Invariant), int.Parse(parts[5].AsSpan(3), Invariant)),
            Id = parts[6],
            Name = parts[6],
            Vehicle = "",
            ValidFrom = default,
            Tiers = [],
        };

        private static RateTier TierOf((string UpTo, string Rate) tier) =>
            new(tier.UpTo == "-" ? null : decimal.Parse(tier.UpTo, Invariant), decimal.Parse(tier.Rate, Invariant));

        private static JudgedFix FixOf(string[] parts) => new(
            new Fix
            {
                FixedAt = InstantOf(parts[0]),
                ReceivedAt = InstantOf(parts[0]),
                Position = GeoPoint.FromE7(DegreesE7(parts[1]), DegreesE7(parts[2])),
                AccuracyM = Known(parts[3]),
                SpeedMps = Known(parts[4]),
                CourseDeg = Known(parts[5]),
                Traits = (FixTraits)byte.Parse(parts[6], Invariant),
                IdempotencyHash = parts[7] == "-" ? 0 : ulong.Parse(parts[7], NumberStyles.HexNumber, Invariant),
            },
            Enum.Parse<FixOutcome>(parts[8], ignoreCase: true));

        private static int DegreesE7(string text) => (int)(decimal.Parse(text, Invariant) * 10_000_000);

        private static float Known(string text) => text == "-" ? float.NaN : float.Parse(text, Invariant);

        private static DateOnly DateOf(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", Invariant);

        private static Instant InstantOf(string text) => Instant.TryParse(text, out Instant instant) ? instant : throw new FormatException($"'{text}' is no instant");

        private static (string, string) Pair(string text)
        {
            int blank = text.IndexOf(' ', StringComparison.Ordinal);
            return (text[..blank], text[(blank + 1)..]);
        }
    }
}
