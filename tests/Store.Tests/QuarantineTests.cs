using System.Text;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

public sealed class QuarantineTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly Metrics _metrics = new();
    private readonly List<Quarantine> _opened = [];

    private Quarantine Open(QuarantineOptions? options = null)
    {
        Quarantine quarantine = Quarantine.Open(_folder["quarantine.db"], options ?? new QuarantineOptions(), _metrics, _clock);
        _opened.Add(quarantine);
        return quarantine;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Quarantine quarantine in _opened) await quarantine.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Entries_come_back_newest_first_also_after_a_restart()
    {
        Quarantine first = Open();
        await first.AddAsync(Protocol.OsmAnd, "phone-1", "latitudeRange", "latitude out of range: 95", "lat=95"u8);
        await first.AddAsync(Protocol.Udp, null, "truncated", "the datagram ends early", [1, 2, 3]);
        await first.DisposeAsync();
        IReadOnlyList<QuarantineEntry> read = await Open().ReadAsync(null, 10, CancellationToken.None);
        Assert.Equal(["truncated", "latitudeRange"], read.Select(e => e.Reason));
        Assert.Equal((Protocol.OsmAnd, "phone-1", "lat=95"), (read[1].Protocol, read[1].DeviceId, Encoding.UTF8.GetString(read[1].Raw)));
        Assert.Equal(Instant.Now(_clock), read[1].ReceivedAt);
        Assert.Null(read[0].DeviceId);
        Assert.Single(await _opened[^1].ReadAsync(read[0].Id, 10, CancellationToken.None));
    }

    [Fact]
    public async Task The_oldest_makes_room_and_long_input_is_cut()
    {
        Quarantine quarantine = Open(new QuarantineOptions { MaxEntryBytes = 1000, MaxBytes = 5000 });
        for (int i = 0; i < 20; i++) await quarantine.AddAsync(Protocol.Json, null, "malformed", $"{i}", new byte[3000]);
        IReadOnlyList<QuarantineEntry> read = await quarantine.ReadAsync(null, 100, CancellationToken.None);
        Assert.Equal(["19", "18", "17", "16"], read.Select(e => e.Detail));
        Assert.All(read, e => Assert.Equal(1000, e.Raw.Length));
    }

    [Fact]
    public async Task A_flood_is_counted_in_full_and_kept_in_part()
    {
        Quarantine quarantine = Open(new QuarantineOptions { MaxEntriesPerSecond = 10 });
        for (int i = 0; i < 500; i++) await quarantine.AddAsync(Protocol.Udp, null, "seal", "", [1]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await quarantine.AddAsync(Protocol.Udp, null, "seal", "", [1]);
        Assert.Equal(11, (await quarantine.ReadAsync(null, 1000, CancellationToken.None)).Count);
        Assert.Equal(501, _metrics.Counter("tracking_quarantined_total", "", ("reason", "seal")).Value);
    }
}
