using System.Buffers.Binary;
using Tracking.Contracts;

namespace Tracking.Store.Tracks;

/// <summary>
/// Writes fixes as columns: what changes little from fix to fix lies together and becomes short. Times as differences of
/// differences, positions as differences on the 1e-7 degree grid, numbers as float32 bit by bit, the rest as runs. A
/// second at 1 Hz takes 10 to 20 bytes.
/// </summary>
internal sealed class ChunkWriter
{
    public const byte Version = 1;

    private readonly ByteBuffer _short = new();

    public void Write(ByteBuffer to, ReadOnlySpan<StoredFix> fixes)
    {
        to.Byte(Version);
        to.Varint((ulong)fixes.Length);
        if (fixes.IsEmpty) return;
        Times(to, fixes);
        Numbers(to, fixes, static (in Fix f) => f.AltitudeM);
        Numbers(to, fixes, static (in Fix f) => f.SpeedMps);
        Numbers(to, fixes, static (in Fix f) => f.CourseDeg);
        Numbers(to, fixes, static (in Fix f) => f.AccuracyM);
        Numbers(to, fixes, static (in Fix f) => f.BatteryPct);
        Runs(to, fixes, static (in JudgedFix j) => j.Fix.Satellites);
        Runs(to, fixes, static (in JudgedFix j) => (long)j.Fix.Activity);
        Runs(to, fixes, static (in JudgedFix j) => (long)j.Fix.Provider);
        Runs(to, fixes, static (in JudgedFix j) => (long)j.Fix.Alarm);
        Runs(to, fixes, static (in JudgedFix j) => (long)j.Fix.Traits);
        Runs(to, fixes, static (in JudgedFix j) => (long)j.Fix.Protocol);
        Runs(to, fixes, static (in JudgedFix j) => (long)j.Outcome);
        Hashes(to, fixes);
        Positions(to, fixes);
    }

    private delegate float NumberOf(in Fix fix);

    private delegate long WordOf(in JudgedFix judged);

    private static void Times(ByteBuffer to, ReadOnlySpan<StoredFix> fixes)
    {
        long last = 0, lastStep = 0, lastDelay = 0;
        foreach (ref readonly StoredFix stored in fixes)
        {
            long step = stored.FixedMs - last;
            to.ZigZag(step - lastStep);
            // The first step is the instant itself, and foretells nothing.
            lastStep = last == 0 ? 0 : step;
            last = stored.FixedMs;
        }
        foreach (ref readonly StoredFix stored in fixes)
        {
            long delay = stored.Judged.Fix.ReceivedAt.EpochMs - stored.FixedMs;
            to.ZigZag(delay - lastDelay);
            lastDelay = delay;
        }
    }

    private static void Positions(ByteBuffer to, ReadOnlySpan<StoredFix> fixes)
    {
        long lastLatitude = 0, lastLongitude = 0;
        foreach (ref readonly StoredFix stored in fixes)
        {
            if (!stored.Judged.Fix.HasPosition) continue;
            GeoPoint position = stored.Judged.Fix.Position;
            long latitude = position.LatitudeE7, longitude = position.LongitudeE7;
            to.ZigZag(latitude - lastLatitude);
            to.ZigZag(longitude - lastLongitude);
            (lastLatitude, lastLongitude) = (latitude, longitude);
        }
    }

    // 0: one value for all; 1: four bytes each; 2: what differs from the value before, bytes turned round so that the zeros at a
    // float's end come first and vanish.
    private void Numbers(ByteBuffer to, ReadOnlySpan<StoredFix> fixes, NumberOf numberOf)
    {
        uint first = Bits(numberOf(fixes[0].Judged.Fix)), before = 0;
        bool same = true;
        _short.Clear();
        foreach (ref readonly StoredFix stored in fixes)
        {
            uint bits = Bits(numberOf(stored.Judged.Fix));
            same &= bits == first;
            _short.Varint(BinaryPrimitives.ReverseEndianness(bits ^ before));
            before = bits;
        }
        if (same)
        {
            to.Byte(0);
            to.UInt32(first);
        }
        else if (_short.Length < fixes.Length * 4)
        {
            to.Byte(2);
            to.Bytes(_short.Written);
        }
        else
        {
            to.Byte(1);
            foreach (ref readonly StoredFix stored in fixes) to.UInt32(Bits(numberOf(stored.Judged.Fix)));
        }
    }

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(float.IsNaN(value) ? float.NaN : value);

    private static void Runs(ByteBuffer to, ReadOnlySpan<StoredFix> fixes, WordOf wordOf)
    {
        for (int begin = 0; begin < fixes.Length;)
        {
            long word = wordOf(fixes[begin].Judged);
            int end = begin + 1;
            while (end < fixes.Length && wordOf(fixes[end].Judged) == word) end++;
            to.Varint((ulong)(end - begin));
            to.ZigZag(word);
            begin = end;
        }
    }

    private static void Hashes(ByteBuffer to, ReadOnlySpan<StoredFix> fixes)
    {
        bool any = false;
        foreach (ref readonly StoredFix stored in fixes) any |= stored.Judged.Fix.IdempotencyHash != 0;
        to.Byte(any ? (byte)1 : (byte)0);
        if (!any) return;
        foreach (ref readonly StoredFix stored in fixes) to.UInt64(stored.Judged.Fix.IdempotencyHash);
    }

    /// <summary>Writes what the devices sent along: place in the chunk, length, bytes; nothing when there is none.</summary>
    public static void WriteAttributes(ByteBuffer to, ReadOnlySpan<StoredFix> fixes)
    {
        for (int i = 0; i < fixes.Length; i++)
        {
            if (fixes[i].Attributes is not { Length: > 0 } attributes) continue;
            to.Varint((ulong)i);
            to.Varint((ulong)attributes.Length);
            to.Bytes(attributes);
        }
    }
}
