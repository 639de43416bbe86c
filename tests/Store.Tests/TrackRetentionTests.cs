using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

public sealed class TrackRetentionTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeClock _clock = new();
    private readonly Metrics _metrics = new();

    public void Dispose() => _folder.Dispose();

    private ServiceProvider Services(TimeSpan? retention) => new ServiceCollection()
        .AddLogging().AddSingleton<TimeProvider>(_clock).AddSingleton(_metrics)
        .AddEmbeddedStore(new StoreOptions { DataFolder = _folder.Path, Tracks = new TrackStoreOptions { Retention = retention } })
        .BuildServiceProvider();

    private long Swept => _metrics.Counter("tracking_store_swept_total", "").Value;

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_grows_older_than_the_retention_is_deleted_within_a_day()
    {
        await using ServiceProvider services = Services(TimeSpan.FromDays(3));
        ITrackStore store = services.GetRequiredService<ITrackStore>();
        Instant now = Instant.Now(_clock);
        RepFix[] fixes = [.. Enumerable.Range(0, 10).Select(i => new RepFix(1, new JudgedFix(Some.Fix(i, now - TimeSpan.FromDays(9 - i) + TimeSpan.FromHours(1)), FixOutcome.Accepted), null))];
        await store.CommitAsync(new Checkpoint { Sequence = 1, Fixes = fixes, States = [], GeofenceChanges = [] }, CancellationToken.None);
        TrackRetention sweep = Assert.Single(services.GetServices<IHostedService>().OfType<TrackRetention>());
        await sweep.StartAsync(CancellationToken.None);
        await UntilAsync(() => Swept == 6);
        for (int day = 1; day <= 2; day++)
        {
            int deleted = 6 + day;
            // The timer of the next sweep may not be there yet.
            await UntilAsync(() =>
            {
                if (Swept < deleted) _clock.Advance(TimeSpan.FromHours(1));
                return Swept >= deleted;
            });
        }
        await sweep.StopAsync(CancellationToken.None);
        TrackPage left = await store.ReadTrackAsync(1, Instant.Min, Instant.Max, null, 100, CancellationToken.None);
        Assert.Equal(10, left.Fixes.Count + Swept);
        Assert.All(left.Fixes, j => Assert.True(j.Fix.FixedAt > now - TimeSpan.FromDays(2)));
    }

    [Fact]
    public async Task Everything_is_kept_unless_a_retention_is_set()
    {
        await using ServiceProvider services = Services(null);
        Assert.Empty(services.GetServices<IHostedService>().OfType<TrackRetention>());
        new TrackStoreOptions().Validate();
        new TrackStoreOptions { Retention = TimeSpan.FromDays(1) }.Validate();
        Assert.Contains("Retention", Assert.Throws<ArgumentException>(() => new TrackStoreOptions { Retention = TimeSpan.FromHours(23) }.Validate()).Message, StringComparison.Ordinal);
    }
}
