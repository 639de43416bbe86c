using Npgsql;
using NpgsqlTypes;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

public sealed partial class PostgresTrackStore
{
    private static NpgsqlBatchCommand AddDeviceEvents(IReadOnlyList<RepDeviceEvent> rows)
    {
        const string sql = """
            INSERT INTO device_event(rep, at, kind, device, name, received_at, protocol, battery_pct, charging, data)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
            """;
        return new NpgsqlBatchCommand(sql)
        {
            Parameters =
            {
                new NpgsqlParameter<int[]> { TypedValue = [.. rows.Select(static r => r.RepKey)] },
                TimesOf(rows.Select(static r => r.Event.At)),
                new NpgsqlParameter<short[]> { TypedValue = [.. rows.Select(static r => (short)r.Event.Kind)] },
                new NpgsqlParameter<int[]> { TypedValue = [.. rows.Select(static r => r.Event.DeviceKey)] },
                // The server's texts hold no zero.
                new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(static r => r.Event.Name.Replace("\0", "", StringComparison.Ordinal))] },
                TimesOf(rows.Select(static r => r.Event.ReceivedAt)),
                new NpgsqlParameter<short[]> { TypedValue = [.. rows.Select(static r => (short)r.Event.Protocol)] },
                new NpgsqlParameter<float?[]> { TypedValue = [.. rows.Select(static r => float.IsNaN(r.Event.BatteryPct) ? (float?)null : r.Event.BatteryPct)] },
                new NpgsqlParameter<bool?[]> { TypedValue = [.. rows.Select(static r => r.Event.Charging)] },
                new NpgsqlParameter<byte[]?[]> { TypedValue = [.. rows.Select(static r => r.Event.Data)] },
            },
        };
    }

    private static NpgsqlParameter<long[]> TimesOf(IEnumerable<Instant> instants) =>
        new() { TypedValue = [.. instants.Select(FixRows.MicrosOf)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    /// <inheritdoc/>
    public async ValueTask<DeviceEventPage> ReadDeviceEventsAsync(DeviceEventQuery ask, CancellationToken cancel) =>
        ask.Limit <= 0 || ask.From >= ask.To
            ? new DeviceEventPage([], null)
            : await _database.UseAsync((connection, token) => ReadDeviceEventsAsync(connection, ask, token), cancel);

    private static async Task<DeviceEventPage> ReadDeviceEventsAsync(NpgsqlConnection connection, DeviceEventQuery ask, CancellationToken cancel)
    {
        // By the bytes of the names, as the embedded store does.
        const string sql = """
            SELECT at, kind, device, name, received_at, protocol, battery_pct, charging, data FROM device_event
            WHERE rep = $1 AND at >= $2 AND at < $3 AND ($4 < 0 OR kind = $4) ORDER BY at, kind, device, name COLLATE "C" LIMIT $5 OFFSET $6
            """;
        TrackPosition? after = ask.After is { } position && position.FixedAt >= ask.From ? position : null;
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new() { Value = ask.RepKey },
                TimeOf(after?.FixedAt ?? ask.From),
                TimeOf(ask.To),
                new NpgsqlParameter<short> { TypedValue = ask.Kind is { } kind ? (short)kind : (short)-1 },
                new() { Value = ask.Limit + 1L },
                new() { Value = (long)(after?.Skip ?? 0) },
            },
        };
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancel);
        var read = new List<DeviceEvent>();
        while (await row.ReadAsync(cancel))
        {
            read.Add(new DeviceEvent
            {
                At = InstantAt(row, 0),
                Kind = (DeviceEventKind)row.GetInt16(1),
                DeviceKey = row.GetInt32(2),
                Name = row.GetString(3),
                ReceivedAt = InstantAt(row, 4),
                Protocol = (Protocol)row.GetInt16(5),
                BatteryPct = row.IsDBNull(6) ? float.NaN : row.GetFloat(6),
                Charging = row.IsDBNull(7) ? null : row.GetBoolean(7),
                Data = row.IsDBNull(8) ? null : row.GetFieldValue<byte[]>(8),
            });
        }
        return DeviceEventPage.Of(read, ask);
    }
}
