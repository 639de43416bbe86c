using Tracking.Contracts;

namespace Tracking.Silo.Tests;

public class AlertWriterTests
{
    private static readonly Instant At = new(1_795_334_400_000);
    private static readonly Geofence Depot = new() { Key = 7, Id = "depot", Name = "Depot Nord", Shape = new CircleShape(default, 1) };
    private static readonly Geofence Yard = new() { Key = 8, Id = "yard", Name = "北仓库", Purpose = GeofencePurpose.Forbidden, Shape = new CircleShape(default, 1) };

    [Fact]
    public void An_entry_names_rep_and_fence_in_both_languages()
    {
        Alert alert = Write(new GeofenceEntered { GeofenceKey = 7, At = At, ConfirmedAt = At, Position = new GeoPoint(48, 16) });
        Assert.Equal(("geofenceEntered", "info", "anna", "depot"), (alert.Kind, alert.Severity, alert.RepId, alert.GeofenceId));
        Assert.Equal(new LocalText("Anna Berger entered Depot Nord", "Anna Berger 进入了 Depot Nord"), alert.Text);
        Assert.Equal(new AlertPosition(48, 16), alert.Position);
        Assert.Equal("""{"reason":"movement"}""", alert.Data.GetRawText());
    }

    [Fact]
    public void Chinese_names_stand_without_blanks() =>
        Assert.Equal("安娜离开了北仓库", Write(new GeofenceExited { GeofenceKey = 8, At = At, ConfirmedAt = At, EnteredAt = At - TimeSpan.FromMinutes(2) }, "安娜").Text.Zh);

    [Fact]
    public void An_exit_tells_since_when_and_for_how_long() =>
        Assert.Equal("""{"reason":"fenceChanged","enteredAt":"2026-11-22T07:58:00.000Z","dwellS":120}""",
            Write(new GeofenceExited { GeofenceKey = 7, Reason = GeofenceReason.FenceChanged, At = At, ConfirmedAt = At, EnteredAt = At - TimeSpan.FromMinutes(2) }).Data.GetRawText());

    [Fact]
    public void Dwelling_tells_how_long()
    {
        Alert alert = Write(new GeofenceDwelled { GeofenceKey = 7, At = At, ConfirmedAt = At, EnteredAt = At - TimeSpan.FromMinutes(65) });
        Assert.Equal(new LocalText("Anna Berger has been in Depot Nord for 1 h 5 min", "Anna Berger 已在 Depot Nord 停留 1 小时 5 分钟"), alert.Text);
    }

    [Fact]
    public void Loss_of_signal_tells_why_where_that_is_known()
    {
        Alert alert = Write(new SignalLost { At = At, ConfirmedAt = At, Reason = "noNetwork", Evidence = [new Evidence("k", 0.5, new LocalText("e", "z"), [At])] });
        Assert.Equal(new LocalText("Lost contact with Anna Berger: no network", "Anna Berger 已失去联系：无网络连接"), alert.Text);
        Assert.Equal("""{"reason":"noNetwork","evidence":[{"kind":"k","weight":0.5,"text":{"en":"e","zh":"z"},"fixedAt":["2026-11-22T08:00:00.000Z"]}]}""", alert.Data.GetRawText());
        Assert.Equal("Lost contact with Anna Berger", Write(new SignalLost { At = At, ConfirmedAt = At, Reason = "unknown", Evidence = [] }).Text.En);
        Assert.Equal("warning", alert.Severity);
    }

    [Fact]
    public void A_forbidden_area_and_a_call_for_help_weigh_more()
    {
        Assert.Equal("warning", Write(new GeofenceEntered { GeofenceKey = 8, At = At, ConfirmedAt = At }).Severity);
        Assert.Equal("critical", Write(new SosRaised { At = At, ConfirmedAt = At }).Severity);
    }

    [Fact]
    public void Stops_are_nobodys_news() => Assert.Null(Writer("Anna").Write(1, new StopBegan { At = At, ConfirmedAt = At }));

    [Fact]
    public void The_id_depends_on_rep_kind_fence_and_instant_and_nothing_else()
    {
        string id = AlertId.Of("anna", "geofenceEntered", "depot", At);
        Assert.Equal(id, Write(new GeofenceEntered { GeofenceKey = 7, At = At, ConfirmedAt = At + TimeSpan.FromSeconds(9) }, "Other name").Id);
        Assert.Equal(32, id.Length);
        string[] others =
        [
            AlertId.Of("anne", "geofenceEntered", "depot", At), AlertId.Of("anna", "geofenceExited", "depot", At),
            AlertId.Of("anna", "geofenceEntered", null, At), AlertId.Of("anna", "geofenceEntered", "depot", At + TimeSpan.FromMilliseconds(1)),
        ];
        Assert.DoesNotContain(id, others);
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    private static Alert Write(TrackEvent told, string name = "Anna Berger") => Writer(name).Write(1, told)!;

    private static AlertWriter Writer(string name) =>
        new(key => key == 1 ? new Rep(1, "anna", name, "", "UTC") : null, key => key == 7 ? Depot : key == 8 ? Yard : null);
}
