using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Tracking.Contracts;

/// <summary>Rates as JSON, as docs/mileage.md describes it. Bad content gives errors with the path of the field, never an exception.</summary>
public static class MileageRateJson
{
    private const int MaxTiers = 20;

    /// <summary>Reads a rate.</summary>
    /// <param name="json">The document.</param>
    /// <param name="id">Its id; a document that names another is wrong.</param>
    /// <param name="version">Its version.</param>
    /// <param name="rate">Null when something is wrong.</param>
    /// <param name="errors">What is wrong.</param>
    public static bool TryRead(JsonElement json, string id, long version, [NotNullWhen(true)] out MileageRate? rate, out IReadOnlyList<FieldError> errors)
    {
        var found = new FieldErrors();
        var reader = new DefinitionReader(json, "", found);
        reader.Only("id", "version", "name", "vehicle", "currency", "decimals", "unit", "period", "yearBegins", "validFrom", "validTo", "groups", "reps", "tiers");
        if (reader.Text("id", GeofenceJson.MaxIdChars) is { } named && named != id) reader.Wrong("id", "must be the id in the address, or be left out", named);
        string? currency = reader.Text("currency", 3, needed: true);
        if (currency is not null && (currency.Length != 3 || !currency.All(char.IsAsciiLetterUpper))) reader.Wrong("currency", "must be an ISO 4217 code such as EUR", currency);
        DateOnly? from = reader.Date("validFrom", needed: true), to = reader.Date("validTo");
        if (to < from) reader.Wrong("validTo", "must not lie before validFrom");
        rate = new MileageRate
        {
            Id = id,
            Version = version,
            Name = reader.Text("name", GeofenceJson.MaxNameChars) ?? id,
            Vehicle = reader.Text("vehicle", 64, needed: true) ?? "",
            Currency = currency ?? "",
            Decimals = (int)(reader.Whole("decimals", 0, 4) ?? UsualDecimals(currency)),
            Unit = reader.Choice("unit", DistanceUnit.Km),
            Period = reader.Choice("period", RatePeriod.Year),
            YearBegins = ReadYearBegins(reader),
            ValidFrom = from ?? default,
            ValidTo = to,
            Groups = reader.Texts("groups", GeofenceJson.MaxNameChars, isPath: true),
            Reps = reader.Texts("reps", GeofenceJson.MaxIdChars),
            Tiers = ReadTiers(reader),
        };
        errors = found.All;
        if (errors.Count > 0) rate = null;
        return rate is not null;
    }

    /// <summary>Writes a rate.</summary>
    public static void Write(Utf8JsonWriter json, MileageRate rate)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, rate.Id);
        json.WriteNumber("version"u8, rate.Version);
        json.WriteString("name"u8, rate.Name);
        json.WriteString("vehicle"u8, rate.Vehicle);
        json.WriteString("currency"u8, rate.Currency);
        json.WriteNumber("decimals"u8, rate.Decimals);
        json.WriteString("unit"u8, JsonNamingPolicy.CamelCase.ConvertName(rate.Unit.ToString()));
        json.WriteString("period"u8, JsonNamingPolicy.CamelCase.ConvertName(rate.Period.ToString()));
        if (rate.Period == RatePeriod.Year) json.WriteString("yearBegins"u8, FormattableString.Invariant($"{rate.YearBegins.Month:00}-{rate.YearBegins.Day:00}"));
        json.WriteString("validFrom"u8, FormattableString.Invariant($"{rate.ValidFrom:yyyy-MM-dd}"));
        if (rate.ValidTo is { } to) json.WriteString("validTo"u8, FormattableString.Invariant($"{to:yyyy-MM-dd}"));
        WriteTexts(json, "groups"u8, rate.Groups);
        WriteTexts(json, "reps"u8, rate.Reps);
        json.WriteStartArray("tiers"u8);
        foreach (RateTier tier in rate.Tiers)
        {
            json.WriteStartObject();
            if (tier.UpTo is { } upTo) json.WriteNumber("upTo"u8, upTo);
            json.WriteNumber("rate"u8, tier.Rate);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static (int Month, int Day) ReadYearBegins(DefinitionReader reader)
    {
        if (!reader.Has("yearBegins")) return (1, 1);
        if (reader.Text("yearBegins", 16) is not { } text) return (1, 1);
        if (DateOnly.TryParseExact("2024-" + text, "yyyy-MM-dd", out DateOnly day)) return (day.Month, day.Day);
        reader.Wrong("yearBegins", "must be a month and a day such as 04-06", text);
        return (1, 1);
    }

    private static List<RateTier> ReadTiers(DefinitionReader reader)
    {
        List<RateTier> tiers = [];
        decimal before = 0;
        bool hasEnd = true;
        foreach (DefinitionReader tier in reader.Objects("tiers"))
        {
            tier.Only("upTo", "rate");
            decimal? upTo = tier.Decimal("upTo", 0.001m, 1_000_000_000, 3), rate = tier.Decimal("rate", 0, 1_000_000, 6);
            if (rate is null && !tier.Has("rate")) tier.Wrong("rate", "is needed");
            if (!hasEnd) tier.Wrong("upTo", "only the last tier may be without a limit");
            else if (upTo <= before) tier.Wrong("upTo", "must be more than that of the tier before");
            hasEnd = tier.Has("upTo");
            before = upTo ?? before;
            tiers.Add(new RateTier(upTo, rate ?? 0));
        }
        if (tiers.Count is 0 or > MaxTiers) reader.Wrong("tiers", $"1 to {MaxTiers} tiers are expected");
        else if (hasEnd) reader.Wrong("tiers", "the last tier must have no upTo: distance beyond it would be worth nothing without a word");
        return tiers;
    }

    // ISO 4217: most currencies have two decimals; these have others.
    private static int UsualDecimals(string? currency) => currency switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "VND" or "VUV" or "XAF" or "XOF" or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        _ => 2,
    };
}
