using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

public sealed class EmbeddedStoreTests
{
    [Fact]
    public async Task All_parts_open_work_and_close()
    {
        using var folder = new TempFolder();
        await using (ServiceProvider services = new ServiceCollection().AddSingleton<Metrics>().AddSingleton(TimeProvider.System)
            .AddEmbeddedStore(new StoreOptions { DataFolder = folder["data"] }).BuildServiceProvider())
        {
            services.GetRequiredService<Registry>().AddDevice("phone-1", "anna");
            Assert.True(await services.GetRequiredService<Journal>().Append([Some.Record(1)]).WhenDurableAsync());
            await services.GetRequiredService<Quarantine>().AddAsync(Protocol.Json, null, "malformed", "", []);
            Assert.Equal(0, services.GetRequiredService<ITrackStore>().Restore(_ => { }, _ => { }, (_, _) => { }));
            Assert.Equal(0, services.GetRequiredService<AlertLog>().NewestCursor);
            Assert.Throws<StoreUnavailableException>(() => DataFolder.Hold(folder["data"]));
        }
        DataFolder.Hold(folder["data"]).Dispose();
    }
}
