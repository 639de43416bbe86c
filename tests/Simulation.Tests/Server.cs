using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Silo;
using Tracking.Silo.Local;
using Tracking.Store;

namespace Tracking.Simulation.Tests;

/// <summary>One life of the server's process: the real journal, dispatcher, partitions, checkpoints and alert queue.</summary>
internal sealed class Server : ILiveSink
{
    private readonly World _world;
    private readonly Dictionary<int, Instant> _newest = [];
    private readonly Journal _journal;

    public Server(World world, SimulatedDisk disk, SimulatedStore store, Dictionary<int, Geofence> fences, Dictionary<string, Definition> shifts, SiloOptions options)
    {
        _world = world;
        Process = new SimulatedProcess(world);
        var metrics = new Metrics();
        _journal = Journal.OpenWithoutThread(disk, new JournalOptions { MaxRecentBytes = 1 << (8 + world.Dice.Below(12)) }, metrics, Process.Clock);
        var parts = new SiloParts
        {
            Journal = _journal,
            Tracks = store,
            AppendAlerts = store.AppendAlertsAsync,
            ReadAlerts = store.ReadAlertsAsync,
            FindRep = FindRep,
            FindDeviceId = static key => $"d{key}",
            ListGeofences = () => [.. fences.Values],
            ListShifts = () => [.. shifts.Values],
            Quarantine = (_, _, _, detail, _) => throw new InvalidOperationException(detail),
            Sinks = [this],
            Scheduler = Process,
            PauseClock = Process.Clock,
        };
        Silo = new LocalSilo(options, parts, metrics, Process.Clock, NullLogger.Instance, lifetime: null);
        Task.Factory.StartNew(() => Silo.StartAsync(CancellationToken.None), CancellationToken.None, TaskCreationOptions.None, Process);
        var corrections = new CorrectionWorker(options.Corrections, options.Tracker, new CorrectionParts
        {
            Tracks = store,
            ReadAlerts = store.ReadAlertsAsync,
            AppendAlerts = store.AppendAlertsAsync,
            FindRep = FindRep,
            ListGeofences = parts.ListGeofences,
            SettleAsync = Silo.SettleAsync,
        }, metrics, Process.Clock, NullLogger.Instance);
        Task.Factory.StartNew(() => corrections.RunAsync(CancellationToken.None), CancellationToken.None, TaskCreationOptions.None, Process);
        Write();
    }

    public SimulatedProcess Process { get; }

    public LocalSilo Silo { get; }

    /// <summary>How long the disk takes for a commit, at the most.</summary>
    public int CommitMs { get; set; } = 20;

    /// <summary>What went wrong on the way to the live map; null: nothing.</summary>
    public string? LiveFailure { get; private set; }

    public bool IsSettled => Silo.Ready.IsCompletedSuccessfully && Silo.CommittedSequence == _journal.DurableSequence && _journal.OldestWaiting == Instant.Max;

    public static Rep? FindRep(int key) => new(key, $"r{key}", $"Rep {key}", "", "UTC");

    /// <summary>Puts records in the journal; what is to happen when they are durable happens unless the process dies before.</summary>
    public void Append(JournalRecord[] records, bool acknowledgesEarly, Action acknowledged)
    {
        // The journal learns at the start what it must keep; nothing comes in before.
        if (Process.IsDead || Silo.Problem is "not started" or "restoring") return;
        JournalTicket ticket = _journal.Append(records);
        if (!ticket.Accepted) return;
        if (acknowledgesEarly) acknowledged();
        else Task.Factory.StartNew(() => AcknowledgeAsync(ticket, acknowledged), CancellationToken.None, TaskCreationOptions.None, Process);
    }

    /// <inheritdoc/>
    public void Publish(in RepLive live)
    {
        // Off duty there is no marker.
        if (!live.HasPosition) return;
        if (live.FixedAt < _newest.GetValueOrDefault(live.RepKey, Instant.Min)) LiveFailure ??= $"the marker of rep {live.RepKey} moved back to {live.FixedAt}";
        _newest[live.RepKey] = live.FixedAt;
    }

    private static async Task AcknowledgeAsync(JournalTicket ticket, Action acknowledged)
    {
        if (await ticket.WhenDurableAsync()) acknowledged();
    }

    private void Write()
    {
        if (Process.IsDead) return;
        _journal.WriteSome();
        // Now and then the disk takes seconds.
        int most = _journal.OldestWaiting == Instant.Max ? 500 : _world.Dice.Percent(4) ? CommitMs * 100 : CommitMs;
        _world.After(TimeSpan.FromMilliseconds(1 + _world.Dice.Below(most)), Write);
    }
}
