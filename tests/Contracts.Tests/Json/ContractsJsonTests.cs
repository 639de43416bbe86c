using System.Text.Json;

namespace Tracking.Contracts.Tests.Json;

public class ContractsJsonTests
{
    [Fact]
    public void An_alert_leaves_out_what_is_unknown()
    {
        var alert = new Alert
        {
            Id = "a1",
            Kind = AlertKind.SignalLost,
            Severity = "warning",
            RepId = "anna",
            At = new Instant(1_795_334_400_000),
            ConfirmedAt = new Instant(1_795_334_400_001),
            Text = new LocalText("lost", "失联"),
        };
        string json = JsonSerializer.Serialize(alert, ContractsJsonContext.Default.Alert);
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(
            ["id", "cursor", "kind", "severity", "repId", "at", "confirmedAt", "late", "text", "data"],
            document.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal("2026-11-22T08:00:00.000Z", document.RootElement.GetProperty("at").GetString());
        Alert back = JsonSerializer.Deserialize(json, ContractsJsonContext.Default.Alert)!;
        Assert.Equal(alert with { Data = back.Data }, back);
    }

    [Theory]
    [InlineData("\"2026-11-22T08:00:00Z\"")]
    [InlineData("\"2026-11-22T09:00:00.000+01:00\"")]
    [InlineData("1795334400000")]
    public void An_instant_is_read_from_text_and_number(string json) =>
        Assert.Equal(new Instant(1_795_334_400_000), Deserialize(json));

    [Theory]
    [InlineData("\"yesterday\"")]
    [InlineData("1e300")]
    [InlineData("9223372036854775807")]
    [InlineData("true")]
    public void What_is_no_instant_is_refused(string json) => Assert.Throws<JsonException>(() => Deserialize(json));

    [Fact]
    public void Enums_are_camelCase_words()
    {
        string json = JsonSerializer.Serialize(new Device(1, "d", 2, Crs.Gcj02), ContractsJsonContext.Default.Device);
        Assert.Contains("\"crs\":\"gcj02\"", json, StringComparison.Ordinal);
        Assert.Equal(Crs.Bd09, JsonSerializer.Deserialize("""{"key":1,"id":"d","repKey":2,"crs":"bd09"}""", ContractsJsonContext.Default.Device)!.Crs);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"key":1,"id":"d","repKey":2,"crs":1}""", ContractsJsonContext.Default.Device));
    }

    [Fact]
    public void A_day_report_has_positions_by_name()
    {
        var day = new DayReport
        {
            RawM = 1,
            AcceptedM = 2,
            InferredM = 3,
            StationaryM = 0,
            MovingS = 4,
            StoppedS = 5,
            Trips = [new DayTrip(new Instant(0), new Instant(1), 2, 3, new GeoPoint(48.5, 16.5), new GeoPoint(-1, 2))],
            Stops = [],
            Gaps = [],
            Rejected = [new OutcomeCount(FixOutcome.Spike, 2)],
        };
        string json = JsonSerializer.Serialize(day, ContractsJsonContext.Default.DayReport);
        Assert.Contains("""
            "from":{"latitude":48.5,"longitude":16.5}
            """, json, StringComparison.Ordinal);
        Assert.Contains("""
            {"outcome":"spike","count":2}
            """, json, StringComparison.Ordinal);
        DayReport back = JsonSerializer.Deserialize(json, ContractsJsonContext.Default.DayReport)!;
        Assert.Equal(day.Trips, back.Trips);
    }

    private static readonly JsonSerializerOptions Options = new() { Converters = { new InstantJsonConverter() } };

    private static Instant Deserialize(string json) => JsonSerializer.Deserialize<Instant>(json, Options);
}
