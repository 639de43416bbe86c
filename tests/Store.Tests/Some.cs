using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <summary>Makes fixes and records; the same seed makes the same.</summary>
internal static class Some
{
    public static readonly Instant Morning = new(1_795_334_400_000);

    /// <summary>A fix that names everything, different for each number.</summary>
    public static Fix Fix(int number, Instant? fixedAt = null) => new()
    {
        FixedAt = fixedAt ?? Morning + TimeSpan.FromSeconds(number),
        ReceivedAt = (fixedAt ?? Morning + TimeSpan.FromSeconds(number)) + TimeSpan.FromMilliseconds(120 + (number % 7)),
        Position = GeoPoint.FromE7(482_000_000 + (number * 1350), 163_700_000 - (number * 920)),
        AltitudeM = 171.5f,
        SpeedMps = 13.25f + (number % 5),
        CourseDeg = number % 360,
        AccuracyM = 4.5f,
        BatteryPct = 80,
        Satellites = 9,
        Activity = Activity.Driving,
        Provider = LocationProvider.Fused,
        Traits = FixTraits.ChargingKnown,
        Protocol = Protocol.MessagePack,
    };

    /// <summary>A fix with anything in it that a device may send.</summary>
    public static Fix AnyFix(Random random) => new()
    {
        FixedAt = new Instant(Morning.EpochMs + random.NextInt64(-3_000_000_000_000, 3_000_000_000_000)),
        ReceivedAt = new Instant(Morning.EpochMs + random.Next(100_000)),
        Position = GeoPoint.FromE7(random.Next(-900_000_000, 900_000_001), random.Next(-1_800_000_000, 1_800_000_001)),
        AltitudeM = Maybe(random),
        SpeedMps = Maybe(random),
        CourseDeg = Maybe(random),
        AccuracyM = Maybe(random),
        BatteryPct = Maybe(random),
        Satellites = (short)random.Next(-1, 40),
        Activity = (Activity)random.Next(6),
        Provider = (LocationProvider)random.Next(5),
        Alarm = (DeviceAlarm)random.Next(5),
        Traits = (FixTraits)(random.Next(32) << 1),
        Protocol = (Protocol)random.Next(7),
        IdempotencyHash = random.Next(2) == 0 ? 0 : (ulong)random.NextInt64(),
    };

    private static float Maybe(Random random) => random.Next(3) switch
    {
        0 => float.NaN,
        1 => random.Next(100),
        _ => BitConverter.Int32BitsToSingle(random.Next(0x3f000000, 0x43000000)),
    };

    public static JournalRecord Record(int number, int repKey = 1, byte[]? payload = null) =>
        new(JournalRecordKind.Fix, repKey, repKey + 1000, Fix(number), payload);
}
