using Tracking.Store;
using Tracking.Store.Postgres;

namespace Tracking.Server;

/// <summary>A server's hold on its database, with the log that it writes before and after the server's own.</summary>
internal sealed class StoreHold : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly ILoggerFactory _loggers;

    private StoreHold(PostgresStore store, ILoggerFactory loggers) => (Store, _loggers) = (store, loggers);

    /// <summary>The store.</summary>
    public PostgresStore Store { get; }

    /// <summary>Opens the database as a node.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="loggers">For the store; disposed with this.</param>
    /// <param name="waits">Whether a database that cannot be used now is tried again until it can, with a line on standard error for each new reason.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">It cannot be used, and is not waited for.</exception>
    public static async Task<StoreHold> OpenAsync(PostgresOptions options, ILoggerFactory loggers, bool waits, CancellationToken cancel)
    {
        string told = "";
        while (true)
        {
            try
            {
                return new StoreHold(await PostgresStore.OpenAsync(options, TimeProvider.System, loggers, cancel), loggers);
            }
            catch (StoreUnavailableException unavailable) when (waits)
            {
                if (unavailable.Message != told) await Console.Error.WriteLineAsync($"tracking: waiting for the database: {unavailable.Message}");
                told = unavailable.Message;
                await Task.Delay(RetryAfter, cancel);
            }
            catch
            {
                loggers.Dispose();
                throw;
            }
        }
    }

    /// <summary>Opens the registry alone, for a command beside a server.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be used.</exception>
    public static Task<Registry> OpenRegistryAsync(PostgresOptions options, CancellationToken cancel) =>
        PostgresStore.OpenRegistryAsync(options, new RegistryOptions(), TimeProvider.System, cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _loggers.Dispose();
    }
}
