using System.Text;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>A device event in the making. The first flaw wins.</summary>
internal struct DeviceEventDraft
{
    private const int MaxNameBytes = 64;

    public DeviceEventDraft() { }

    public bool HasKind, HasAt;
    public DeviceEventKind Kind;
    public string Name = "";
    public Instant At;
    public double BatteryPct = double.NaN;
    public bool? Charging;
    public TextSlice DeviceId;
    public Flaw Flaw;

    /// <summary>Sets the kind by its word; a word that is not known is kept as the event's name.</summary>
    public void SetKind(ReadOnlySpan<byte> word, DecodedBatch batch)
    {
        HasKind = true;
        if (DeviceEventJson.TryKind(word, out Kind)) return;
        if (word.Length is 0 or > MaxNameBytes || word.ContainsAnyExcept(NameBytes)) Complain(FlawKind.WrongType, "kind", word, batch);
        else Name = Encoding.ASCII.GetString(word);
    }

    public void Complain(FlawKind kind, string field, ReadOnlySpan<byte> value, DecodedBatch batch)
    {
        if (Flaw.Kind != FlawKind.None) return;
        TextSlice kept = value.IsEmpty ? default : batch.Keep(value[..Math.Min(value.Length, 64)]);
        Flaw = new Flaw { Kind = kind, Field = field, Number = double.NaN, Text = kept };
    }

    /// <summary>Decides what the draft is and puts it into an item of the batch; its attributes become the event's data.</summary>
    public void Finish(ref DecodedItem item, in DecodeContext context, DecodedBatch batch)
    {
        if (!HasKind) Complain(FlawKind.Missing, "kind", default, batch);
        if (!HasAt) Complain(FlawKind.Missing, "at", default, batch);
        else if (At < context.Oldest) Complain(FlawKind.Retention, "at", Encoding.UTF8.GetBytes(At.ToString()), batch);
        item.DeviceId = DeviceId;
        item.Flaw = Flaw;
        item.Kind = DecodedKind.Unusable;
        if (Flaw.Kind != FlawKind.None) return;
        var told = new DeviceEvent
        {
            Kind = Kind,
            Name = Name,
            At = At,
            BatteryPct = BatteryPct is >= 0 and <= 100 ? (float)BatteryPct : float.NaN,
            Charging = Charging,
            Protocol = context.Protocol,
            Data = batch.Attributes.IsEmpty ? null : batch.Attributes.Close().ToArray(),
        };
        Put(ref item, told, context, batch);
    }

    /// <summary>Makes an item of the batch an event.</summary>
    public static void Put(ref DecodedItem item, in DeviceEvent told, in DecodeContext context, DecodedBatch batch)
    {
        item.Kind = DecodedKind.DeviceEvent;
        item.Payload = batch.Keep(DeviceEventJson.ToUtf8(told));
        item.Fix = new Fix { ReceivedAt = context.ReceivedAt, FixedAt = told.At, Protocol = context.Protocol };
    }

    /// <summary>Adds an event that came along with the fix of an item, behind it.</summary>
    /// <returns>False: the batch is full.</returns>
    public static bool TryAddBeside(int index, DeviceEventKind kind, in DecodeContext context, DecodedBatch batch)
    {
        if (batch[index].Kind != DecodedKind.Fix) return true;
        if (!batch.TryAdd(out int added)) return false;
        DecodedItem beside = batch[index];
        bool isChargingKnown = (beside.Fix.Traits & FixTraits.ChargingKnown) != 0;
        var told = new DeviceEvent
        {
            Kind = kind,
            At = beside.Fix.FixedAt,
            BatteryPct = beside.Fix.BatteryPct,
            Charging = isChargingKnown ? (beside.Fix.Traits & FixTraits.Charging) != 0 : null,
            Protocol = context.Protocol,
        };
        ref DecodedItem item = ref batch[added];
        (item.DeviceId, item.Raw) = (beside.DeviceId, beside.Raw);
        Put(ref item, told, context, batch);
        return true;
    }

    private static readonly System.Buffers.SearchValues<byte> NameBytes =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"u8);
}
