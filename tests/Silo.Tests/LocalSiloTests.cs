using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Silo.Local;

namespace Tracking.Silo.Tests;

/// <summary>The conformance suite on the host of one machine.</summary>
public sealed class LocalSiloTests : SiloConformance
{
    protected override HostUnderTest Make(TestStore store, HostSetup setup) => new LocalHost(store, setup);

    private sealed class LocalHost(TestStore store, HostSetup setup) : HostUnderTest
    {
        private readonly LocalSilo _silo = new(
            new SiloOptions
            {
                Partitions = 3,
                TickInterval = TimeSpan.FromMilliseconds(10),
                CheckpointInterval = TimeSpan.FromMilliseconds(20),
                MaxUnflushedRecords = setup.MaxUnflushedRecords,
                CheckpointRecords = setup.CheckpointRecords,
                MaxWaitingAlerts = setup.MaxWaitingAlerts,
            },
            SiloParts.Of(store.Journal, store.Tracks, store.Alerts, store.Registry, store.Quarantine, setup.Sinks) with { Fault = setup.Fault, AppendAlerts = store.AppendAlertsAsync },
            store.Metrics, store.Clock, NullLogger.Instance, lifetime: null);

        public override Task Ready => _silo.Ready;

        public override string? Problem => _silo.Problem;

        public override long CommittedSequence => _silo.CommittedSequence;

        public override Task StartAsync() => _silo.StartAsync(CancellationToken.None);

        public override async Task StopAsync()
        {
            await _silo.StopAsync(CancellationToken.None);
            await _silo.DisposeAsync();
        }

        public override ValueTask DisposeAsync() => _silo.DisposeAsync();
    }
}
