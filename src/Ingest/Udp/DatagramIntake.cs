using System.Net;
using System.Security.Cryptography;
using Tracking.Contracts;
using Tracking.Ingest.Decoding;
using Tracking.Store;

namespace Tracking.Ingest.Udp;

/// <summary>
/// What happens to a burst of datagrams between socket and journal, on one thread: header, device, replay window, seal,
/// payload, one append. Nothing is allocated for a datagram that wants no answer.
/// </summary>
internal sealed class DatagramIntake : IDisposable
{
    private const int QuarantinedPerSecond = 10;

    private readonly Registry _registry;
    private readonly Journal _journal;
    private readonly Quarantine _quarantine;
    private readonly Admission _admission;
    private readonly ReplayWindows _windows;
    private readonly SealKeys _keys;
    private readonly TimeProvider _clock;
    private readonly DecodedBatch _batch = new();
    private readonly byte[] _payload = new byte[SealedDatagram.MaxBytes];
    private readonly Counter _accepted, _malformed, _unknown, _forged, _replayed, _unreadable, _tooFast, _refused;
    private AnswerQueue.Burst _answers = new();
    private DecodeContext _context;
    private int _records, _datagrams;
    private long _sampleSecond;
    private int _samples;

    public DatagramIntake(Registry registry, Journal journal, Quarantine quarantine, Admission admission, ReplayWindows windows, Metrics metrics,
        TimeProvider clock, IngestOptions options)
    {
        (_registry, _journal, _quarantine, _admission, _windows, _clock) = (registry, journal, quarantine, admission, windows, clock);
        _keys = new SealKeys(registry, options.MaxUdpKeys);
        (_accepted, _malformed, _unknown, _forged) = (Counted("accepted"), Counted("malformed"), Counted("unknownDevice"), Counted("forged"));
        (_replayed, _unreadable, _tooFast, _refused) = (Counted("replayed"), Counted("unreadable"), Counted("tooFast"), Counted("refused"));

        Counter Counted(string result) => metrics.Counter("tracking_datagrams_total", "Datagrams by what became of them.", ("result", result));
    }

    /// <summary>Begins a burst.</summary>
    public void Begin()
    {
        _batch.Clear();
        (_records, _datagrams) = (0, 0);
        _context = _admission.ContextOf(Protocol.Udp);
    }

    /// <summary>Takes a datagram into the burst, or drops and counts it.</summary>
    public void Take(ReadOnlySpan<byte> datagram, SocketAddress from)
    {
        if (!SealedDatagram.TryReadHeader(datagram, out int deviceKey, out ulong counter, out bool wantsAnswer))
        {
            Drop(_malformed, "malformed", null, datagram);
            return;
        }
        if (_registry.FindDevice(deviceKey) is not { } device || _keys.Find(deviceKey) is not { } aes)
        {
            Drop(_unknown, "unknownDevice", null, datagram);
            return;
        }
        bool isKnown = _windows.TryGet(deviceKey, out ReplayWindow? window), isNew = !isKnown || window!.IsNew(counter);
        bool wantsHelp = !isNew && wantsAnswer && !window!.WasTaken(counter);
        if (!isNew && !wantsHelp)
        {
            _replayed.Add();
            return;
        }
        if (!SealedDatagram.TryOpen(aes, datagram, _payload))
        {
            Drop(_forged, "forged", null, datagram);
            return;
        }
        if (isNew)
        {
            Admit(device, aes, counter, wantsAnswer, _payload.AsSpan(0, datagram.Length - SealedDatagram.HeaderBytes - SealedDatagram.TagBytes), from);
            return;
        }
        _replayed.Add();
        Answer(aes, deviceKey, new DatagramAnswer(AnswerStatus.CounterTooLow, counter, 0, 0, window!.Highest + 1), from);
    }

    /// <summary>Ends the burst: one append for all that is in it.</summary>
    /// <returns>The answers to send once the ticket is durable; null: none.</returns>
    public AnswerQueue.Burst? Finish()
    {
        AnswerQueue.Burst answers = _answers;
        if (answers.Count > 0) _answers = new AnswerQueue.Burst();
        if (_records > 0)
        {
            _admission.Arrange(_batch.Records.AsSpan(0, _records));
            JournalTicket ticket = _journal.Append(_batch.Records.AsSpan(0, _records));
            answers.Ticket = ticket;
            (ticket.Accepted ? _accepted : _refused).Add(_datagrams);
        }
        return answers.Count > 0 ? answers : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _keys.Dispose();

    private void Admit(Device device, AesGcm aes, ulong counter, bool wantsAnswer, ReadOnlySpan<byte> payload, SocketAddress from)
    {
        using System.Diagnostics.Activity? trace = FixTrace.Begin("datagram");
        int first = _batch.Count, recordsBefore = _records;
        TextMark mark = _batch.Mark;
        _windows.Take(device.Key, counter);
        using (FixTrace.Begin("decode")) FixMessagePackDecoder.Decode(payload, _context, _batch);
        if (_batch.IsMalformed)
        {
            Drop(_unreadable, "malformed", device.Id, payload);
            _admission.CountUnusable(Protocol.Udp, 1);
            _batch.CutTo(first, mark);
            if (wantsAnswer) Answer(aes, device.Key, new DatagramAnswer(AnswerStatus.Malformed, counter, 0, 0, counter + 1), from);
            return;
        }
        if (!_admission.MaySend(device, _batch.Count - first))
        {
            _tooFast.Add();
            _batch.CutTo(first, mark);
            return;
        }
        _records = _admission.Prepare(_batch, new Sender(device, null), first, _records);
        int accepted = _records - recordsBefore, unusable = _batch.Count - first - accepted;
        if (accepted > 0) _datagrams++;
        else _unreadable.Add();
        if (unusable > 0) KeepUnusable(device, first, unusable, payload);
        if (wantsAnswer) Answer(aes, device.Key, new DatagramAnswer(AnswerStatus.Stored, counter, accepted, unusable, counter + 1), from);
    }

    private void KeepUnusable(Device device, int first, int unusable, ReadOnlySpan<byte> payload)
    {
        _admission.CountUnusable(Protocol.Udp, unusable);
        if (!IsSampled()) return;
        for (int i = first; i < _batch.Count; i++)
        {
            if (_batch[i].Kind != DecodedKind.Unusable) continue;
            Flaw flaw = _batch[i].Flaw;
            _quarantine.AddAsync(Protocol.Udp, device.Id, flaw.Reason, flaw.Describe(_batch), payload).AsTask();
            return;
        }
    }

    private void Answer(AesGcm aes, int deviceKey, in DatagramAnswer answer, SocketAddress from)
    {
        byte[] datagram = new byte[SealedDatagram.AnswerBytes];
        Span<byte> random = stackalloc byte[SealedDatagram.NonceBytes];
        RandomNumberGenerator.Fill(random);
        SealedDatagram.SealAnswer(aes, deviceKey, answer, random, datagram);
        _answers.Add(from, datagram);
    }

    private void Drop(Counter counter, string reason, string? deviceId, ReadOnlySpan<byte> bytes)
    {
        counter.Add();
        if (IsSampled()) _quarantine.AddAsync(Protocol.Udp, deviceId, reason, "datagram dropped: " + reason, bytes).AsTask();
    }

    private bool IsSampled()
    {
        long second = _clock.GetTimestamp() / _clock.TimestampFrequency;
        if (second != _sampleSecond) (_sampleSecond, _samples) = (second, 0);
        return _samples++ < QuarantinedPerSecond;
    }
}
