using System.Buffers;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo.Tests;

public class RepTurnTests
{
    private static readonly Instant Begin = new(1_795_334_400_000);
    private readonly RepTurn _turn;

    public RepTurnTests()
    {
        static Rep? Find(int key) => new(key, $"r{key}", $"Rep {key}", "", "UTC");
        var context = new TrackerContext { Options = TrackerOptions.Default, Geofences = new GeofenceIndex(), FindRep = Find };
        _turn = new RepTurn(context, new AlertWriter(Find, static _ => null));
    }

    [Fact]
    public void Attributes_of_a_held_fix_wait_for_its_outcome_even_across_a_restart()
    {
        RepCell cell = _turn.Create(1);
        Apply(cell, Record(0, 48.2, "a"));
        Apply(cell, Record(10, 51.2, "wild"));
        Assert.Equal(["a"], _turn.Fixes.Select(AttributesOf));
        var snapshot = new ArrayBufferWriter<byte>();
        RepTurn.Save(cell, snapshot);
        cell = _turn.Load(1, snapshot.WrittenSpan);
        Apply(cell, Record(20, 48.2001, "c"));
        Assert.Equal([("a", FixOutcome.Accepted), ("wild", FixOutcome.Spike), ("c", FixOutcome.Accepted)], _turn.Fixes.Select(f => (AttributesOf(f), f.Judged.Outcome)));
    }

    [Fact]
    public void A_tracker_that_is_folded_between_all_fixes_says_the_same()
    {
        RepCell plain = _turn.Create(1), folded = _turn.Create(1);
        for (int i = 0; i < 20; i++) Apply(plain, Record(i * 10, i == 7 ? 51.2 : 48.2 + i * 1e-5, $"{i}"));
        List<RepFix> expected = [.. _turn.Fixes];
        _turn.Fixes.Clear();
        var bytes = new ArrayBufferWriter<byte>();
        for (int i = 0; i < 20; i++)
        {
            Apply(folded, Record(i * 10, i == 7 ? 51.2 : 48.2 + i * 1e-5, $"{i}"));
            bytes.ResetWrittenCount();
            RepTurn.Save(folded, bytes);
            byte[] saved = bytes.WrittenSpan.ToArray();
            folded.Fold(saved);
            bytes.ResetWrittenCount();
            RepTurn.Save(folded, bytes);
            Assert.Equal(saved, bytes.WrittenSpan);
            _turn.Unfold(folded);
            Assert.Null(folded.Folded);
        }
        Assert.Equal(expected.Select(static f => (f.Judged, AttributesOf(f))), _turn.Fixes.Select(static f => (f.Judged, AttributesOf(f))));
    }

    [Fact]
    public void A_heartbeat_leaves_the_attributes_of_a_held_fix_alone()
    {
        RepCell cell = _turn.Create(1);
        Apply(cell, Record(0, 48.2, "a"));
        Apply(cell, Record(10, 51.2, "wild"));
        JournalRecord beat = Record(15, 0, "beat");
        Apply(cell, beat with { Fix = beat.Fix with { Traits = FixTraits.NoPosition } });
        Apply(cell, Record(20, 51.2001, ""));
        Assert.Equal(["a", "wild", null], _turn.Fixes.Select(AttributesOf));
    }

    [Fact]
    public void A_duplicate_is_counted_and_not_handed_on()
    {
        RepCell cell = _turn.Create(1);
        Apply(cell, Record(0, 48.2, ""));
        Apply(cell, Record(0, 48.2, ""));
        Assert.Single(_turn.Fixes);
    }

    [Fact]
    public void A_turn_that_fails_hands_nothing_on()
    {
        RepCell cell = _turn.Create(1);
        _turn.Fault = static _ => throw new InvalidOperationException("no");
        Assert.False(_turn.TryApply(cell, Record(0, 48.2, "a"), out Exception? failure));
        Assert.Equal("no", failure.Message);
        Assert.Empty(_turn.Fixes);
        Assert.Empty(_turn.Alerts);
    }

    [Fact]
    public void What_devices_tell_reaches_the_tracker_and_the_store_heartbeats_included()
    {
        RepCell cell = _turn.Create(1);
        Apply(cell, Record(0, 48.2, ""));
        JournalRecord beat = Record(5, 0, "");
        Apply(cell, beat with { Fix = beat.Fix with { Traits = FixTraits.NoPosition, BatteryPct = 7 } });
        var told = new DeviceEvent { Kind = DeviceEventKind.MockAppFound, At = Begin, ReceivedAt = Begin + TimeSpan.FromSeconds(9) };
        JournalRecord record = new(JournalRecordKind.DeviceEvent, 1, 3, new Fix { ReceivedAt = told.ReceivedAt }, DeviceEventJson.ToUtf8(told));
        Apply(cell, record);
        Assert.Equal([(DeviceEventKind.Heartbeat, 7f), (DeviceEventKind.MockAppFound, float.NaN)], _turn.DeviceEvents.Select(e => (e.Event.Kind, e.Event.BatteryPct)));
        Assert.Equal(["batteryLow", "mockSuspected"], _turn.Alerts.Select(a => a.Kind));
        Assert.False(_turn.TryApply(cell, record with { Payload = "{}"u8.ToArray() }, out Exception? failure));
        Assert.IsType<InvalidDataException>(failure);
        Assert.Equal(2, _turn.DeviceEvents.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void Bytes_that_are_no_snapshot_are_refused(int length) =>
        Assert.Throws<InvalidDataException>(() => _turn.Load(1, new byte[length]));

    private void Apply(RepCell cell, JournalRecord record) => Assert.True(_turn.TryApply(cell, record, out _));

    private static string? AttributesOf(RepFix fix) => fix.Attributes is null ? null : System.Text.Encoding.UTF8.GetString(fix.Attributes);

    private static JournalRecord Record(int seconds, double latitude, string attributes)
    {
        Instant at = Begin + TimeSpan.FromSeconds(seconds);
        var fix = new Fix { FixedAt = at, ReceivedAt = at, Position = new GeoPoint(latitude, 16.4).Quantised(), AccuracyM = 5 };
        return new JournalRecord(JournalRecordKind.Fix, 1, 1, fix, System.Text.Encoding.UTF8.GetBytes(attributes));
    }
}
