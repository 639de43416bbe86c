using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <content>What devices told. Few beside the fixes, so each is a row of its own at once.</content>
public sealed partial class SqliteTrackStore
{
    private void WriteDeviceEvent(in RepDeviceEvent row)
    {
        DeviceEvent told = row.Event;
        SqliteStatement add = _sql.AddDeviceEvent.Bind(1, row.RepKey).Bind(2, told.At.EpochMs).Bind(3, (long)told.Kind).Bind(4, told.DeviceKey)
            .Bind(5, told.Name).Bind(6, told.ReceivedAt.EpochMs).Bind(7, (long)told.Protocol);
        if (float.IsNaN(told.BatteryPct)) add.BindNull(8);
        else add.Bind(8, (double)told.BatteryPct);
        if (told.Charging is bool charging) add.Bind(9, charging ? 1L : 0L);
        else add.BindNull(9);
        if (told.Data is { } data) add.BindBlob(10, data);
        else add.BindNull(10);
        add.Run();
    }

    /// <inheritdoc/>
    public ValueTask<DeviceEventPage> ReadDeviceEventsAsync(DeviceEventQuery ask, CancellationToken cancel) =>
        ask.Limit <= 0 || ask.From >= ask.To ? new(new DeviceEventPage([], null)) : _readers.ReadAsync(ReadDeviceEvents, ask, cancel);

    private static DeviceEventPage ReadDeviceEvents(SqliteFile file, DeviceEventQuery ask)
    {
        TrackPosition? after = ask.After is { } position && position.FixedAt >= ask.From ? position : null;
        using SqliteStatement row = file.Prepare(
            """
            SELECT at, kind, device, name, received_at, protocol, battery, charging, data FROM device_event
            WHERE rep = ?1 AND at >= ?2 AND at < ?3 AND (?4 < 0 OR kind = ?4) ORDER BY at, kind, device, name LIMIT ?5 OFFSET ?6
            """);
        row.Bind(1, ask.RepKey).Bind(2, (after?.FixedAt ?? ask.From).EpochMs).Bind(3, ask.To.EpochMs).Bind(4, ask.Kind is { } kind ? (long)kind : -1L)
            .Bind(5, ask.Limit + 1L).Bind(6, after?.Skip ?? 0L);
        var read = new List<DeviceEvent>();
        while (row.Step())
        {
            read.Add(new DeviceEvent
            {
                At = new Instant(row.Int64(0)),
                Kind = (DeviceEventKind)row.Int32(1),
                DeviceKey = row.Int32(2),
                Name = row.Text(3),
                ReceivedAt = new Instant(row.Int64(4)),
                Protocol = (Protocol)row.Int32(5),
                BatteryPct = row.IsNull(6) ? float.NaN : (float)row.Double(6),
                Charging = row.IsNull(7) ? null : row.Int64(7) != 0,
                Data = row.IsNull(8) ? null : row.Blob(8).ToArray(),
            });
        }
        return DeviceEventPage.Of(read, ask);
    }
}
