using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Tracking.Store.Postgres;

/// <summary>
/// Hears within milliseconds that another node has written something, by LISTEN on one connection. A lost connection is
/// made again, and then everybody looks, because what was said meanwhile is not said again. A notice is a hint only: whoever
/// needs to know looks by himself too, now and then.
/// </summary>
internal sealed partial class PostgresNotices : IAsyncDisposable
{
    /// <summary>Reps, devices, tokens or geofences changed.</summary>
    public const string RegistryTopic = "registry";

    /// <summary>There are new alerts.</summary>
    public const string AlertTopic = "alerts";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500), LongestSilence = TimeSpan.FromSeconds(10);

    private readonly PostgresDatabase _database;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, Ear> _ears = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _listening;
    private bool _isListening;

    /// <summary>Who listens to a topic. While he has not begun to look, further notices change nothing.</summary>
    private sealed class Ear(Action look)
    {
        private int _isCalled;

        public void Call()
        {
            if (Interlocked.Exchange(ref _isCalled, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(static ear => ear.Look(), this, preferLocal: false);
        }

        private void Look()
        {
            Volatile.Write(ref _isCalled, 0);
            look();
        }
    }

    public PostgresNotices(PostgresDatabase database, TimeProvider clock, ILogger? logger = null)
    {
        (_database, _clock, _logger) = (database, clock, logger ?? NullLogger.Instance);
        _listening = Task.Run(ListenAsync);
    }

    /// <summary>Whether a connection listens now.</summary>
    public bool IsListening => Volatile.Read(ref _isListening);

    /// <summary>What is said about a topic; it names who says it, because nobody needs to hear himself.</summary>
    public static string PayloadOf(string topic, PostgresDatabase database) => $"{topic} {database.Speaker}";

    /// <summary>Has a function called, on any thread, when another node may have written; it must not throw.</summary>
    public void Hear(string topic, Action look) => _ears[topic] = new Ear(look);

    private async Task ListenAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                await ListenUntilLostAsync(_closing.Token);
            }
            catch (Exception e) when (PostgresDatabase.IsFailure(e) || e is OperationCanceledException)
            {
                if (IsListening) LogLost(_logger, PostgresDatabase.Unavailable(e).Message);
                Volatile.Write(ref _isListening, false);
            }
            await Task.Delay(RetryAfter, _clock, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenUntilLostAsync(CancellationToken cancel)
    {
        await using NpgsqlConnection connection = await _database.Source.OpenConnectionAsync(cancel);
        connection.Notification += (_, notice) => Take(notice.Payload);
        await using (var listen = new NpgsqlCommand($"LISTEN {_database.Schema}", connection)) await listen.ExecuteNonQueryAsync(cancel);
        Volatile.Write(ref _isListening, true);
        foreach (Ear ear in _ears.Values) ear.Call();
        while (true)
        {
            if (await connection.WaitAsync(LongestSilence, cancel)) continue;
            // A connection that a router has forgotten is as silent as one on which nothing is said.
            await using var ask = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = 10 };
            await ask.ExecuteScalarAsync(cancel);
        }
    }

    private void Take(string payload)
    {
        int space = payload.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || payload.AsSpan(space + 1).SequenceEqual(_database.Speaker)) return;
        if (_ears.TryGetValue(payload[..space], out Ear? ear)) ear.Call();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync();
        await _listening;
        _closing.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection on which other nodes are heard was lost; it is made again: {Reason}")]
    private static partial void LogLost(ILogger logger, string reason);
}
