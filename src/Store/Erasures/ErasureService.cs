using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store.Archives;
using Tracking.Store.Tracks;

namespace Tracking.Store;

/// <summary>
/// Erases people's data: what was asked for is durable, is begun again after a crash, and is done when a look at every place finds
/// nothing and the bytes have left the files. What was found is counted before it is touched, so that the report is right
/// however often it is begun. Of several nodes one erases what they share; each erases what lies in its own folder.
/// </summary>
public sealed partial class ErasureService : BackgroundService
{
    private const string Lease = "erasure";
    private const int FixesAtATime = 20_000;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1), LeaseFor = TimeSpan.FromSeconds(30);

    private readonly ErasureParts _parts;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Counter _failures;
    private readonly HashSet<int> _doneHere = [];
    private readonly string _holder = Guid.NewGuid().ToString("N");

    /// <summary>Makes the service.</summary>
    public ErasureService(ErasureParts parts, Metrics metrics, TimeProvider clock, ILogger<ErasureService> logger)
    {
        (_parts, _clock, _logger) = (parts, clock, logger);
        metrics.Gauge("tracking_erasures_open", "Erasures of people's data that are not done.", () => _parts.Registry.OpenErasures().Count);
        _failures = metrics.Counter("tracking_erasure_failures_total", "Attempts to erase that failed; each is made again.");
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        string? told = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (ErasedPerson person in _parts.Registry.OpenErasures()) await EraseAsync(person, stoppingToken);
                told = null;
            }
            catch (Exception e) when (e is StoreUnavailableException or IOException or TimeoutException)
            {
                _failures.Add();
                if (told != e.Message) LogFailed(_logger, e.Message);
                told = e.Message;
            }
            await Task.Delay(BetweenLooks, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Goes on with one erasure as far as it can be gone now; true: it is done.</summary>
    internal async Task<bool> EraseAsync(ErasedPerson person, CancellationToken cancel)
    {
        // What this node has in memory goes each time: other nodes may have written meanwhile.
        await _parts.Alerts.EraseAsync(person.RepId, fromTable: false, cancel);
        if (!_doneHere.Contains(person.RepKey)) await EraseHereAsync(person, cancel);
        // So that two nodes do not do the same work; it would do no harm, so the lease is not renewed.
        if (!await _parts.Subscriptions.TryLeaseAsync(Lease, _holder, LeaseFor, cancel)) return false;
        try
        {
            // Another node may have gone on with it a moment ago.
            Erasure now = _parts.Registry.ReadErasure(person.RepKey);
            return now.DoneAt is not null || await EraseEverywhereAsync(now.Report, person, cancel);
        }
        finally
        {
            await _parts.Subscriptions.ReleaseAsync(Lease, _holder, CancellationToken.None);
        }
    }

    private async Task<bool> EraseEverywhereAsync(ErasureReport report, ErasedPerson person, CancellationToken cancel)
    {
        // Kept before the first row goes.
        if (report.TrackSha256 is null) _parts.Registry.KeepReport(person.RepKey, report = await SurveyAsync(person, cancel));
        if (!await EraseSharedAsync(person, cancel)) return false;
        Instant first = new(report.FirstMs ?? Instant.Min.EpochMs), last = new(report.LastMs ?? Instant.Max.EpochMs);
        await _parts.Tracks.ScrubAsync(first, last, cancel);
        if (!_parts.Registry.TryFinishErasure(person.RepKey, report with { FirstMs = null, LastMs = null })) return false;
        // Whose it was stood in the registry until now.
        await _parts.Tracks.ScrubAsync(last, first, cancel);
        _parts.Scrub();
        LogDone(_logger, person.RepKey);
        return true;
    }

    // The journal lets go of what every consumer has taken; only then its file can be made clean.
    private async Task EraseHereAsync(ErasedPerson person, CancellationToken cancel)
    {
        long found = await _parts.Quarantine.EraseAsync(person.DeviceIds, person.RepId, cancel);
        foreach (ErasurePlace place in _parts.Places) if (!place.IsShared) await place.EraseAsync(person, cancel);
        long mark = _parts.Journal.DurableSequence;
        while (_parts.Journal.Holds(mark)) await Task.Delay(BetweenLooks, _clock, cancel);
        _parts.Scrub();
        if (_parts.Node is { } node) _parts.Registry.KeepErasurePart(person.RepKey, node, found);
        _doneHere.Add(person.RepKey);
    }

    private async Task<ErasureReport> SurveyAsync(ErasedPerson person, CancellationToken cancel)
    {
        long fixes, firstMs = 0, lastMs = 0;
        using SHA256 sha = SHA256.Create();
        using (var hashing = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write))
        {
            var writer = new FixFrameWriter(hashing);
            TrackPosition? after = null;
            do
            {
                TrackPage page = await _parts.Tracks.ReadTrackAsync(person.RepKey, Instant.Min, Instant.Max, after, FixesAtATime, cancel, withAttributes: true);
                if (page.Fixes.Count > 0) (firstMs, lastMs) = (writer.Count == 0 ? page.Fixes[0].Fix.FixedAt.EpochMs : firstMs, page.Fixes[^1].Fix.FixedAt.EpochMs);
                for (int i = 0; i < page.Fixes.Count; i++) writer.Add(person.RepKey, new StoredFix(page.Fixes[i], page.Attributes![i]));
                after = page.Next;
            }
            while (after is not null);
            writer.End();
            fixes = writer.Count;
        }
        return ErasureReport.None.With("fixes", fixes).With("alerts", await _parts.Alerts.CountOfRepAsync(person.RepId, cancel)).With("devices", person.DeviceIds.Count)
            .With("deadLetters", await _parts.Subscriptions.CountOfRepAsync(person.RepId, cancel)) with
        { TrackSha256 = Convert.ToHexStringLower(sha.Hash!), FirstMs = firstMs, LastMs = lastMs };
    }

    // True when a whole look finds nothing any more.
    private async Task<bool> EraseSharedAsync(ErasedPerson person, CancellationToken cancel)
    {
        long found = await _parts.Tracks.EraseAsync(person.RepKey, person.RepId, cancel);
        found += await _parts.Alerts.EraseAsync(person.RepId, fromTable: true, cancel);
        // What was raised between the registry's forgetting and the trackers' is named by key.
        found += await _parts.Alerts.EraseAsync(FormattableString.Invariant($"#{person.RepKey}"), fromTable: true, cancel);
        found += await _parts.Subscriptions.EraseRepAsync(person.RepId, cancel);
        found += _parts.Registry.ForgetWords(person);
        foreach (ErasurePlace place in _parts.Places) if (place.IsShared) found += await place.EraseAsync(person, cancel);
        return found == 0;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The data of rep key {RepKey} are erased")]
    private static partial void LogDone(ILogger logger, int repKey);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An erasure cannot go on, and is tried again every second: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
