using System.Text;
using Tracking.Contracts;
using Tracking.Ingest.Decoding;
using Tracking.Store;
using Span = System.Diagnostics.Activity;

namespace Tracking.Ingest;

/// <summary>Who hands fixes in: a device for itself, or a gateway for the devices that its scope covers.</summary>
/// <param name="Device">The device; null for a gateway.</param>
/// <param name="Gateway">The gateway; null for a device.</param>
internal readonly record struct Sender(Device? Device, Principal? Gateway);

/// <summary>How the admission of a batch ended.</summary>
internal enum AdmissionOutcome
{
    /// <summary>Everything usable is on disk.</summary>
    Durable,
    /// <summary>Nothing is; the device must come again.</summary>
    Refused,
    /// <summary>The device sends more than its share.</summary>
    TooFast,
}

/// <summary>
/// Brings decoded items to the journal: whose they are, WGS-84 on the 1e-7 degree grid, in the order of time, durable before
/// anybody is answered. What cannot be used goes to the quarantine.
/// </summary>
internal sealed class Admission
{
    private static readonly TimeSpan LongestReading = TimeSpan.FromMilliseconds(400);

    private readonly Registry _registry;
    private readonly Journal _journal;
    private readonly Quarantine _quarantine;
    private readonly TimeProvider _clock;
    private readonly IngestOptions _options;
    private readonly RateTable _rates;
    private readonly Counter[] _unusable;
    private readonly Counter _unusableEvents;
    private readonly Counter _ignored;

    public Admission(Registry registry, Journal journal, Quarantine quarantine, Metrics metrics, TimeProvider clock, IngestOptions options)
    {
        (_registry, _journal, _quarantine, _clock, _options) = (registry, journal, quarantine, clock, options);
        _rates = new RateTable(1 << 16, options.MaxFixesPerSecond, options.MaxFixesAtOnce);
        _unusable = [.. Enum.GetValues<Protocol>().Select(protocol => metrics.Counter("tracking_fixes_total", "Fixes by protocol and outcome.",
            ("protocol", LabelOf(protocol)), ("outcome", "unusable")))];
        _unusableEvents = metrics.Counter("tracking_device_events_total", "Device events by kind; unusable ones are in quarantine.", ("kind", "unusable"));
        _ignored = metrics.Counter("tracking_device_messages_ignored_total", "Messages of devices that carry nothing for this server.");
    }

    /// <summary>The protocol as a metric label.</summary>
    public static string LabelOf(Protocol protocol) => protocol switch
    {
        Protocol.Json => "json",
        Protocol.MessagePack => "messagePack",
        Protocol.OsmAnd => "osmAnd",
        Protocol.OwnTracks => "ownTracks",
        Protocol.Overland => "overland",
        Protocol.Udp => "udp",
        _ => "import",
    };

    /// <summary>What decoders must know for an input that came now.</summary>
    public DecodeContext ContextOf(Protocol protocol)
    {
        Instant now = Instant.Now(_clock);
        return new DecodeContext(protocol, now, _options.Retention is { } retention ? now - retention : Instant.Min);
    }

    /// <summary>The device with an id, created if need be and allowed.</summary>
    public Device? FindOrEnrol(ReadOnlySpan<char> id)
    {
        if (_registry.FindDevice(id) is { } known) return known;
        return _options.AutoEnrol && !id.IsEmpty ? _registry.Enrol(id.ToString()) : null;
    }

    /// <summary>Puts a batch in the journal and waits for the disk.</summary>
    public async ValueTask<AdmissionOutcome> AdmitAsync(DecodedBatch batch, Sender sender, Protocol protocol)
    {
        // A device that was added a moment ago must not be taken for a stranger: its fixes would be put aside for good.
        if (sender.Device is null && HasStranger(batch)) await _registry.HasChangedAsync(_registry.Version);
        int count = Prepare(batch, sender, 0);
        if (sender.Device is { } device && !MaySend(device, count)) return AdmissionOutcome.TooFast;
        if (count > 0)
        {
            Arrange(batch.Records.AsSpan(0, count));
            using Span? waiting = FixTrace.Begin("journal");
            JournalTicket ticket = _journal.Append(batch.Records.AsSpan(0, count));
            if (!ticket.Accepted || !await ticket.WhenDurableAsync()) return AdmissionOutcome.Refused;
        }
        if (count < batch.Count) await QuarantineAsync(batch, sender.Device?.Id, protocol);
        return AdmissionOutcome.Durable;
    }

    /// <summary>
    /// Puts a batch in the journal without waiting, when all of it is usable; the batch is free afterwards. The ticket is not
    /// accepted when the journal refused, or the device sends more than its share.
    /// </summary>
    /// <returns>False: there is something to be quarantined, or nothing at all, and nothing was done.</returns>
    public bool TryAppend(DecodedBatch batch, Sender sender, out JournalTicket ticket)
    {
        ticket = default;
        int count = Prepare(batch, sender, 0);
        if (count == 0 || count != batch.Count) return false;
        Arrange(batch.Records.AsSpan(0, count));
        if (MaySend(sender.Device!, count)) ticket = _journal.Append(batch.Records.AsSpan(0, count));
        return true;
    }

    /// <summary>Counts fixes of a device against its share; false: it has used it up.</summary>
    public bool MaySend(Device device, int count) => _rates.TryTake((ulong)device.Key + 1, count, Instant.Now(_clock).EpochMs);

    /// <summary>
    /// Makes records ready for the journal: in the order of time, and received a moment ago at the most. Time decides for trackers up
    /// to shortly before the present; what took long to be read must not come in as if it had been heard before that.
    /// </summary>
    public void Arrange(Span<JournalRecord> records)
    {
        RecordOrder.Sort(records);
        Instant now = Instant.Now(_clock);
        if (records.Length == 0 || now - records[0].Fix.ReceivedAt <= LongestReading) return;
        foreach (ref JournalRecord record in records) record = record with { Fix = record.Fix with { ReceivedAt = now } };
    }

    /// <summary>Makes journal records of the usable items; an item that turns out unusable is marked so.</summary>
    /// <param name="batch">The batch; its records are filled.</param>
    /// <param name="sender">Who hands them in.</param>
    /// <param name="first">The first item.</param>
    /// <param name="recordCount">How many records earlier items made.</param>
    /// <returns>How many records there are now, those of earlier items of a burst included.</returns>
    public int Prepare(DecodedBatch batch, Sender sender, int first, int recordCount = 0)
    {
        using Span? admitting = FixTrace.Begin("admit");
        bool isTraced = FixTrace.IsTraced;
        batch.GrowRecords();
        for (int i = first; i < batch.Count; i++)
        {
            ref DecodedItem item = ref batch[i];
            if (item.Kind is not (DecodedKind.Fix or DecodedKind.DeviceEvent or DecodedKind.CheckIn)) continue;
            if (!TryFindDevice(batch, ref item, sender, out Device? device)) continue;
            ReadOnlyMemory<byte> payload = item.Payload.Length > 0 ? batch.MemoryOf(item.Payload) : default;
            if (item.Place.Length > 0 && !TryFindPlace(batch, ref item, device!, ref payload)) continue;
            batch.Records[recordCount++] = new JournalRecord(RecordKindOf(item.Kind), device!.RepKey, device.Key, Settled(item, device), payload);
            if (isTraced) FixTrace.Follow(device.RepKey, item.Fix.FixedAt);
        }
        return recordCount;
    }

    private static JournalRecordKind RecordKindOf(DecodedKind kind) => kind switch
    {
        DecodedKind.DeviceEvent => JournalRecordKind.DeviceEvent,
        DecodedKind.CheckIn => JournalRecordKind.CheckIn,
        _ => JournalRecordKind.Fix,
    };

    // Trackers know geofences by number. One that does not concern the rep is answered like one that does not exist.
    private bool TryFindPlace(DecodedBatch batch, ref DecodedItem item, Device device, ref ReadOnlyMemory<byte> payload)
    {
        Geofence? fence = _registry.FindGeofence(batch.TextOf(item.Place));
        if (fence is null || !fence.Concerns(_registry.FindRep(device.RepKey)) || !CheckInJson.TryRead(payload.Span, default, out CheckIn checkIn))
        {
            item.Kind = DecodedKind.Unusable;
            item.Flaw = new Flaw { Kind = FlawKind.UnknownGeofence, Field = "geofenceId", Number = double.NaN, Text = item.Place };
            return false;
        }
        payload = CheckInJson.ToUtf8(checkIn with { GeofenceKey = fence.Key });
        return true;
    }

    /// <summary>Keeps the unusable items of a batch, and counts them.</summary>
    public async ValueTask QuarantineAsync(DecodedBatch batch, string? deviceId, Protocol protocol)
    {
        int unusable = 0, ignored = 0;
        List<Task>? waiting = null;
        for (int i = 0; i < batch.Count; i++)
        {
            DecodedKind kind = batch[i].Kind;
            if (kind == DecodedKind.Ignored) ignored++;
            if (kind != DecodedKind.Unusable) continue;
            unusable++;
            ValueTask kept = AddAsync(batch, i, deviceId, protocol);
            if (!kept.IsCompletedSuccessfully) (waiting ??= []).Add(kept.AsTask());
        }
        if (waiting is not null) await Task.WhenAll(waiting);
        if (ignored > 0) _ignored.Add(ignored);
        if (unusable > 0) CountUnusable(protocol, unusable, batch.HoldsEvents);
    }

    /// <summary>Keeps a whole input that could not be read.</summary>
    public ValueTask QuarantineWholeAsync(DecodedBatch batch, string? deviceId, Protocol protocol, string reason, string detail)
    {
        CountUnusable(protocol, 1, batch.HoldsEvents);
        return _quarantine.AddAsync(protocol, deviceId, reason, detail, batch.InputSpan);
    }

    public void CountUnusable(Protocol protocol, int count, bool areEvents = false) => (areEvents ? _unusableEvents : _unusable[(int)protocol]).Add(count);

    private ValueTask AddAsync(DecodedBatch batch, int index, string? deviceId, Protocol protocol)
    {
        ref DecodedItem item = ref batch[index];
        string? named = item.DeviceId.Length > 0 ? batch.TextOf(item.DeviceId) : deviceId;
        ReadOnlySpan<byte> raw = batch.InputSpan.Slice(item.Raw.Start, item.Raw.Length);
        return _quarantine.AddAsync(protocol, named, item.Flaw.Reason, item.Flaw.Describe(batch), raw);
    }

    private static Fix Settled(in DecodedItem item, Device device)
    {
        Fix fix = item.Fix;
        if (!fix.HasPosition || item.Kind != DecodedKind.Fix) return fix;
        GeoPoint point = CrsConversion.ToWgs84(fix.Position, item.HasCrs ? item.Crs : device.Crs);
        return fix with { Position = point.Quantised() };
    }

    private bool TryFindDevice(DecodedBatch batch, ref DecodedItem item, Sender sender, out Device? device)
    {
        device = sender.Device;
        Span<char> id = stackalloc char[128];
        ReadOnlySpan<byte> named = batch.BytesOf(item.DeviceId);
        int length = 0;
        bool isText = named.Length <= id.Length && Encoding.UTF8.TryGetChars(named, id, out length);
        ReadOnlySpan<char> chars = isText ? id[..length] : default;
        if (device is not null)
        {
            if (named.IsEmpty || chars.SequenceEqual(device.Id)) return true;
            return Refuse(ref item, FlawKind.UnknownDevice, item.DeviceId);
        }
        if (named.IsEmpty) return Refuse(ref item, FlawKind.Missing, default);
        device = isText ? FindOrEnrol(chars) : null;
        bool isCovered = device is not null && _registry.FindRep(device.RepKey) is { } rep && sender.Gateway!.Scope.Covers(rep.Id, rep.Group);
        return isCovered || Refuse(ref item, FlawKind.UnknownDevice, item.DeviceId);
    }

    private bool HasStranger(DecodedBatch batch)
    {
        Span<char> id = stackalloc char[128];
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<byte> named = batch.BytesOf(batch[i].DeviceId);
            if (named.IsEmpty || named.Length > id.Length || !Encoding.UTF8.TryGetChars(named, id, out int length)) continue;
            if (_registry.FindDevice(id[..length]) is null) return true;
        }
        return false;
    }

    private static bool Refuse(ref DecodedItem item, FlawKind kind, TextSlice text)
    {
        item.Kind = DecodedKind.Unusable;
        item.Flaw = new Flaw { Kind = kind, Field = "deviceId", Number = double.NaN, Text = text };
        return false;
    }
}
