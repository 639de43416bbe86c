using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Silo.Local;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo.Tests;

/// <summary>Late fixes correct what was told: the real host, store and log, and drives whose middle comes last.</summary>
public sealed class CorrectionTests : IAsyncLifetime
{
    private static readonly GeoPoint Shop = new(48.2, 16.37), Road = new(48.22, 16.37);
    // The clock jumps over minutes; nobody is to be lost by that.
    private static readonly TrackerOptions Rules = new() { Signal = new SignalOptions { LostMinimum = TimeSpan.FromDays(3) } };
    private readonly TestStore _store = new();
    private LocalSilo _silo = null!;
    private CancellationTokenSource _stop = null!;
    private Task _working = Task.CompletedTask;
    private Instant _begin;
    private int _rep;

    public async ValueTask InitializeAsync()
    {
        _rep = _store.AddReps(1)[0];
        _begin = Instant.Now(_store.Clock);
        Fences.Put(_store, new Geofence { Id = "shop", Name = "Shop", Shape = new CircleShape(Shop, 200), Purpose = GeofencePurpose.Customer });
        _store.Clock.Advance(TimeSpan.FromHours(1));
        _begin = Instant.Now(_store.Clock);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_visit_in_an_offline_hour_is_told_late()
    {
        await SendAsync(0, 10, Road);
        await SendAsync(40, 50, Road);
        await SendLateAsync(Walk(10, 15, Road, Shop), Stay(15, 35, Shop), Walk(35, 40, Shop, Road));
        List<Alert> alerts = await SettleAsync(3);
        Assert.All(alerts, a => Assert.True(a.Late && a.Supersedes is null && !a.Retracted));
        Assert.Equal([AlertKind.GeofenceEntered, AlertKind.GeofenceExited, AlertKind.VisitVerified], alerts.Select(a => a.Kind).Order(StringComparer.Ordinal));
        Assert.All(alerts, a => Assert.StartsWith("Reported late: Rep 1 ", a.Text.En, StringComparison.Ordinal));
        Assert.InRange(alerts.Single(a => a.Kind == AlertKind.VisitVerified).Data.GetProperty("dwellS").GetDouble(), 20 * 60, 22 * 60);
    }

    [Fact]
    public async Task An_absence_that_comes_late_divides_a_visit_that_goes_on()
    {
        await SendAsync(0, 5, Road);
        await SendAsync(10, 20, Shop);
        await SendAsync(50, 60, Shop);
        await SendLateAsync(Walk(20, 25, Shop, Road), Stay(25, 45, Road), Walk(45, 50, Road, Shop));
        List<Alert> alerts = await SettleAsync(4);
        Assert.Equal([AlertKind.GeofenceEntered, AlertKind.GeofenceExited, AlertKind.VisitVerified, AlertKind.GeofenceEntered], Effective(alerts).Select(Kind));
        // The live tracker knows of one stay only, and tells its end so.
        await SendAsync(80, 90, Road);
        alerts = await SettleAsync(8);
        Assert.Equal(2, alerts.Count(a => a.Supersedes is not null));
        List<Alert> effective = Effective(alerts);
        Assert.Equal([AlertKind.GeofenceEntered, AlertKind.GeofenceExited, AlertKind.VisitVerified, AlertKind.GeofenceEntered, AlertKind.GeofenceExited, AlertKind.VisitVerified],
            effective.Select(Kind));
        Assert.InRange(effective[^1].Data.GetProperty("dwellS").GetDouble(), 10 * 60, 35 * 60);
        Assert.All(alerts.Where(a => a.Supersedes is not null), a => Assert.StartsWith("Corrected: ", a.Text.En, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_way_through_that_was_a_way_around_is_retracted_and_told_again_when_later_fixes_prove_it()
    {
        GeoPoint west = new(48.2, 16.36), east = new(48.2, 16.38), north = new(48.21, 16.37);
        Fix[] way = [At(0, Shop), .. Walk(1, 3, new GeoPoint(48.2, 16.34), west), At(4, east), .. Walk(5, 8, east, new GeoPoint(48.2, 16.40))];
        await SendAsync(way[1..]);
        Assert.Equal([AlertKind.GeofenceCrossed], (await SettleAsync(1)).Select(Kind));
        await SendLateAsync([At(3.5, north)]);
        List<Alert> alerts = await SettleAsync(2);
        Alert retraction = alerts[^1];
        Assert.True(retraction.Retracted && retraction.Late);
        Assert.Equal([alerts[0].Id], retraction.Supersedes!);
        Assert.Equal((alerts[0].Kind, alerts[0].At, alerts[0].GeofenceId), (retraction.Kind, retraction.At, retraction.GeofenceId));
        Assert.StartsWith("Withdrawn: ", retraction.Text.En, StringComparison.Ordinal);
        Assert.Empty(Effective(alerts));
    }

    [Fact]
    public async Task A_crash_before_it_is_noted_as_done_writes_nothing_twice()
    {
        await SendAsync(0, 10, Road);
        await SendAsync(40, 50, Road);
        _store.Tracks.ForgetsFail = true;
        await SendLateAsync(Walk(10, 15, Road, Shop), Stay(15, 35, Shop), Walk(35, 40, Shop, Road));
        await _store.UntilAsync(() => _store.Alerts.NewestCursor == 3, "the corrections are written");
        await EndAsync();
        await _store.ReopenAsync();
        Assert.False(_store.Tracks.ForgetsFail);
        Assert.Single(await _store.Tracks.ReadLateAsync(10, CancellationToken.None));
        await StartAsync();
        Assert.Equal(3, (await SettleAsync(3)).Count);
    }

    [Fact]
    public async Task An_import_of_long_ago_changes_the_track_and_no_alert()
    {
        await SendAsync(0, 10, Road);
        Fix[] old = [.. Stay(0, 60, Shop).Select(f => f with { FixedAt = f.FixedAt - TimeSpan.FromDays(30) })];
        await SendLateAsync(old);
        Assert.Empty(await SettleAsync(0));
        Assert.Equal(old.Length, (await _store.ReadTrackAsync(_rep)).Count(f => f.Judged.Outcome == FixOutcome.Late));
    }

    [Fact]
    public async Task A_fence_that_was_changed_since_keeps_its_alerts()
    {
        await SendAsync(0, 10, Road);
        await SendAsync(40, 50, Road);
        Fences.Put(_store, new Geofence { Id = "shop", Name = "Shop with a new name", Shape = new CircleShape(Shop, 200), Purpose = GeofencePurpose.Customer });
        await SendLateAsync(Walk(10, 15, Road, Shop), Stay(15, 35, Shop), Walk(35, 40, Shop, Road));
        Assert.Empty(await SettleAsync(0));
    }

    [Fact]
    public async Task A_day_is_replayed_as_it_was_told_and_a_difference_is_found()
    {
        await SendAsync([.. Walk(0, 10, Road, Shop), .. Stay(10, 30, Shop), .. Walk(30, 40, Shop, Road), .. Stay(40, 60, Road)]);
        List<Alert> told = await SettleAsync(3);
        Rep rep = _store.Registry.FindRep(_rep)!;
        CorrectionParts parts = CorrectionParts.Of(_store.Tracks, _store.Alerts, _store.Registry, _silo.SettleAsync);
        async Task<DayReplay> ReplayAsync()
        {
            Task<DayReplay> replay = DayReplays.RunAsync(parts, Rules, rep, _begin, _begin + TimeSpan.FromHours(12), CancellationToken.None);
            await _store.UntilAsync(() => replay.IsCompleted, "the replay");
            return await replay;
        }
        DayReplay same = await ReplayAsync();
        Assert.Equal(told.Select(a => (a.Id, a.ConfirmedAt, a.Data.GetRawText())).Order(), same.Derived.Select(a => (a.Id, a.ConfirmedAt, a.Data.GetRawText())).Order());
        Assert.Empty(same.OnlyLogged);
        Assert.Empty(same.OnlyDerived);
        await _store.Alerts.AppendAsync([told[0] with { Id = "made-up", Cursor = 0, At = told[0].At + TimeSpan.FromMinutes(5), ConfirmedAt = told[0].At + TimeSpan.FromMinutes(5) }], CancellationToken.None);
        Assert.Equal("made-up", Assert.Single((await ReplayAsync()).OnlyLogged).Id);
    }

    [Fact]
    public async Task A_state_of_another_version_is_made_anew_from_the_track()
    {
        await SendAsync([.. Stay(0, 5, Road), .. Walk(5, 10, Road, Shop), .. Stay(10, 30, Shop)]);
        List<Alert> told = await SettleAsync(1);
        await EndAsync();
        await _store.ReopenAsync();
        _store.Tracks.StatesAreForeign = true;
        await StartAsync();
        await SendAsync([.. Walk(120, 125, Shop, Road), .. Stay(125, 130, Road)]);
        List<Alert> alerts = await SettleAsync(3);
        Assert.Equal([AlertKind.GeofenceEntered, AlertKind.GeofenceExited, AlertKind.VisitVerified], alerts.Select(Kind).Order(StringComparer.Ordinal));
        Assert.Equal(told[0].At.ToString(), alerts.Single(a => a.Kind == AlertKind.GeofenceExited).Data.GetProperty("enteredAt").GetString());
    }

    [Fact]
    public async Task A_clock_that_was_set_back_corrects_nothing()
    {
        await SendAsync([.. Walk(0, 10, Road, Shop), .. Stay(10, 30, Shop), .. Walk(30, 40, Shop, Road), .. Stay(40, 61, Road)]);
        List<Alert> before = await SettleAsync(3);
        // For an hour it says that it is an hour earlier, on a road far from the shop.
        Fix[] again = [.. Stay(0.25, 60, Road)];
        foreach (Fix fix in again) await SendAsync([fix], fix.FixedAt + TimeSpan.FromMinutes(61));
        List<Alert> after = await SettleAsync(3);
        Assert.Equal(before.Select(a => a.Id), after.Select(a => a.Id));
    }

    private static string Kind(Alert alert) => alert.Kind;

    private static List<Alert> Effective(List<Alert> alerts) =>
        [.. EffectiveAlerts.Of([.. alerts.Select(a => new StoredAlert(a, default))]).Select(a => a.Alert).OrderBy(a => a.At).ThenBy(a => a.Cursor)];

    private Fix At(double minute, GeoPoint place) => new()
    {
        FixedAt = _begin + TimeSpan.FromMinutes(minute),
        ReceivedAt = _begin + TimeSpan.FromMinutes(minute),
        Position = place.Quantised(),
        AccuracyM = 5,
    };

    private Fix[] Stay(double from, double to, GeoPoint place) =>
        [.. Enumerable.Range(0, (int)((to - from) * 2)).Select(i => At(from + (i / 2.0), new GeoPoint(place.LatitudeDeg + (i % 3 * 1e-5), place.LongitudeDeg)))];

    private Fix[] Walk(double from, double to, GeoPoint a, GeoPoint b) => [.. Enumerable.Range(1, (int)((to - from) * 2) - 1).Select(i =>
    {
        double part = i / ((to - from) * 2);
        return At(from + (i / 2.0), new GeoPoint(a.LatitudeDeg + ((b.LatitudeDeg - a.LatitudeDeg) * part), a.LongitudeDeg + ((b.LongitudeDeg - a.LongitudeDeg) * part)));
    })];

    private Task SendAsync(double from, double to, GeoPoint place) => SendAsync(Stay(from, to, place));

    /// <summary>Sends each fix when it was true.</summary>
    private async Task SendAsync(Fix[] fixes)
    {
        foreach (Fix fix in fixes) await SendAsync([fix], fix.FixedAt);
    }

    private Task SendLateAsync(params Fix[][] parts) => SendAsync([.. parts.SelectMany(p => p)], Instant.Now(_store.Clock));

    private async Task SendAsync(Fix[] fixes, Instant receivedAt)
    {
        if (receivedAt > Instant.Now(_store.Clock)) _store.Clock.AdvanceTo(receivedAt.ToDateTimeOffset());
        receivedAt = Instant.Now(_store.Clock);
        await _store.AppendAsync([.. fixes.Select(f => new JournalRecord(JournalRecordKind.Fix, _rep, 1, f with { ReceivedAt = receivedAt }, default))]);
    }

    /// <summary>Waits until late fixes have been dealt with, and answers what the log holds then.</summary>
    private async Task<List<Alert>> SettleAsync(int alerts)
    {
        await _store.UntilAsync(() => _silo.CommittedSequence == _store.Journal.DurableSequence, "everything is in the store");
        _store.Clock.Advance(TimeSpan.FromMinutes(6));
        for (int quiet = 0; quiet < 30; quiet++)
        {
            _store.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(5);
        }
        await _store.UntilAsync(() => _store.Alerts.NewestCursor >= alerts, $"{alerts} alerts", () => $"; there are {_store.Alerts.NewestCursor}");
        List<Alert> all = await _store.ReadAlertsAsync();
        return [.. all.Where(a => a.Kind is not (AlertKind.MockSuspected or AlertKind.MockCleared))];
    }

    private async Task StartAsync()
    {
        var options = new SiloOptions { Tracker = Rules, Partitions = 2, TickInterval = TimeSpan.FromMilliseconds(10), CheckpointInterval = TimeSpan.FromMilliseconds(20) };
        _silo = new LocalSilo(options, SiloParts.Of(_store.Journal, _store.Tracks, _store.Alerts, _store.Registry, _store.Quarantine, []),
            _store.Metrics, _store.Clock, NullLogger.Instance, lifetime: null);
        await _silo.StartAsync(CancellationToken.None);
        await _store.UntilAsync(() => _silo.Ready.IsCompleted, "the host is ready");
        _stop = new CancellationTokenSource();
        CorrectionParts parts = CorrectionParts.Of(_store.Tracks, _store.Alerts, _store.Registry, _silo.SettleAsync);
        var worker = new CorrectionWorker(options.Corrections, options.Tracker, parts, _store.Metrics, _store.Clock, NullLogger.Instance);
        _working = Task.Run(() => worker.RunAsync(_stop.Token));
    }

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _working);
        await _silo.DisposeAsync();
        _stop.Dispose();
    }
}
