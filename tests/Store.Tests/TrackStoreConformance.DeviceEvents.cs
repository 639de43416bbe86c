using Tracking.Contracts;

namespace Tracking.Store.Tests;

public abstract partial class TrackStoreConformance
{
    private static readonly DeviceEvent Flat = new()
    {
        Kind = DeviceEventKind.BatteryLow,
        At = Some.Morning,
        ReceivedAt = Some.Morning + TimeSpan.FromSeconds(2),
        BatteryPct = 4.25f,
        Charging = false,
        DeviceKey = 3,
        Protocol = Protocol.OsmAnd,
        Data = "{\"x\":1}"u8.ToArray(),
    };

    private ValueTask TellAsync(long sequence, params RepDeviceEvent[] told) => Store.CommitAsync(
        new Checkpoint { Sequence = sequence, Fixes = [], States = [], GeofenceChanges = [], DeviceEvents = told }, CancellationToken.None);

    private async Task<List<DeviceEvent>> ToldAsync(int rep, Instant from, Instant to, DeviceEventKind? kind = null, int limit = 1000)
    {
        var all = new List<DeviceEvent>();
        TrackPosition? after = null;
        do
        {
            DeviceEventPage page = await Store.ReadDeviceEventsAsync(new DeviceEventQuery(rep, from, to, kind, after, limit), CancellationToken.None);
            all.AddRange(page.Events);
            after = page.Next;
        }
        while (after is not null);
        return all;
    }

    [Fact]
    public async Task What_devices_told_comes_back_with_every_bit_and_repeats_are_dropped()
    {
        var plain = new DeviceEvent { Kind = DeviceEventKind.Other, Name = "schläft 😴", At = Some.Morning + TimeSpan.FromMinutes(1), ReceivedAt = Some.Morning };
        await TellAsync(1, new(1, Flat), new(1, plain), new(2, Flat));
        await TellAsync(2, new RepDeviceEvent(1, Flat with { BatteryPct = 99 }), new(1, Flat with { DeviceKey = 4 }));
        await ReopenAsync();
        List<DeviceEvent> told = await ToldAsync(1, Instant.Min, Instant.Max);
        Assert.Equal([3, 4, 0], told.Select(static e => e.DeviceKey));
        Assert.Equal(Flat with { Data = null }, told[0] with { Data = null });
        Assert.Equal(Flat.Data, told[0].Data);
        Assert.Equal(plain, told[2]);
        Assert.Equal(told[..2].Select(static e => e.DeviceKey), (await ToldAsync(1, Instant.Min, plain.At)).Select(static e => e.DeviceKey));
        Assert.Equal([plain], await ToldAsync(1, Instant.Min, Instant.Max, DeviceEventKind.Other));
        Assert.Empty(await ToldAsync(1, Some.Morning, Some.Morning));
    }

    [Fact]
    public async Task Pages_of_what_devices_told_leave_nothing_out_also_within_one_instant()
    {
        RepDeviceEvent[] told = [.. Enumerable.Range(0, 50).Select(i => new RepDeviceEvent(1, Flat with { At = Some.Morning + TimeSpan.FromMinutes(i / 12), Name = $"n{i:00}" }))];
        await TellAsync(1, told);
        for (int limit = 1; limit < 60; limit += 7)
            Assert.Equal(told.Select(static t => t.Event.Name), (await ToldAsync(1, Instant.Min, Instant.Max, limit: limit)).Select(static e => e.Name));
    }

    [Fact]
    public async Task What_devices_told_is_deleted_with_the_tracks_of_its_time()
    {
        await TellAsync(1, new RepDeviceEvent(1, Flat), new(1, Flat with { At = Some.Morning - TimeSpan.FromMilliseconds(1) }));
        await Store.DeleteBeforeAsync(Some.Morning, CancellationToken.None);
        Assert.Equal(Some.Morning, Assert.Single(await ToldAsync(1, Instant.Min, Instant.Max)).At);
    }

    [Fact]
    public async Task The_definitions_that_trackers_know_are_restored()
    {
        static DefinitionChange Change(string id, string? json, long version) => new(
            DefinitionKind.Shift, id, json is null ? null : new Definition(DefinitionKind.Shift, id, version, System.Text.Encoding.UTF8.GetBytes(json)), Some.Morning);
        ValueTask PutAsync(long sequence, params DefinitionChange[] changes) => Store.CommitAsync(
            new Checkpoint { Sequence = sequence, Fixes = [], States = [], GeofenceChanges = [], DefinitionChanges = changes }, CancellationToken.None);
        await PutAsync(1, Change("early", """{"a":1}""", 1), Change("late", "{}", 1));
        await PutAsync(2, Change("early", """{"a":2}""", 2), Change("late", null, 0), Change("never", null, 0));
        await ReopenAsync();
        var found = new List<Definition>();
        Store.Restore(_ => { }, found.Add, (_, _) => { });
        Definition one = Assert.Single(found);
        Assert.Equal((DefinitionKind.Shift, "early", 2L, """{"a":2}"""), (one.Kind, one.Id, one.Version, System.Text.Encoding.UTF8.GetString(one.Json.Span)));
    }
}
