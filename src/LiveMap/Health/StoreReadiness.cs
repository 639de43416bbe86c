using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Health;

/// <summary>The conditions of <c>/readyz</c> that rest on the store.</summary>
internal static class StoreReadiness
{
    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton(static provider => Of("journal", provider.GetRequiredService<Journal>(), static journal => journal.IsWritable));
        services.AddSingleton(static provider => Of("alerts", provider.GetRequiredService<AlertLog>(), static alerts => alerts.IsWritable));
        services.AddSingleton(static provider => new ReadinessCheck("tracks", cancel => ReadTracksAsync(provider.GetRequiredService<ITrackStore>(), cancel)));
    }

    private static ReadinessCheck Of<T>(string name, T part, Func<T, bool> isWritable) =>
        new(name, _ => ValueTask.FromResult(isWritable(part) ? null : "not writable"));

    private static async ValueTask<string?> ReadTracksAsync(ITrackStore tracks, CancellationToken cancel)
    {
        try
        {
            await tracks.ReadTrackAsync(0, new Instant(0), new Instant(1), null, 1, cancel);
            return null;
        }
        catch (StoreUnavailableException)
        {
            return "not readable";
        }
    }
}
