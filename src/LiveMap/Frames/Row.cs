using Tracking.Contracts;

namespace Tracking.LiveMap.Frames;

/// <summary>A rep's newest position in the integers of a frame; see <c>docs/live-frames.md</c>.</summary>
internal readonly record struct Row(
    int Key, int LatitudeE7, int LongitudeE7, long FixedAtMs, ushort Speed, ushort Course, ushort Accuracy, byte Flags, byte Battery)
{
    /// <summary>Stands for an unknown number in the 16-bit columns.</summary>
    public const ushort Unknown = ushort.MaxValue;

    private const float MockThreshold = 0.5f;

    /// <summary>Where the status is in <see cref="Flags"/>.</summary>
    public SignalStatus Status => (SignalStatus)(Flags & 3);

    /// <summary>The row of a rep that has a position.</summary>
    public static Row Of(in RepLive live) => new(
        live.RepKey, live.Position.LatitudeE7, live.Position.LongitudeE7, live.FixedAt.EpochMs,
        Scale(live.SpeedMps, 100), Scale(live.CourseDeg, 100), Scale(live.AccuracyM, 10),
        (byte)((int)live.Status | ((int)live.Motion << 2) | (live.MockScore >= MockThreshold ? 16 : 0)),
        float.IsFinite(live.BatteryPct) ? (byte)Math.Clamp(MathF.Round(live.BatteryPct), 0, 100) : byte.MaxValue);

    /// <summary>Tenths of a second before a base time, saturated.</summary>
    public int AgeAt(long baseTimeMs) => (int)Math.Clamp((baseTimeMs - FixedAtMs) / 100, int.MinValue, int.MaxValue);

    private static ushort Scale(float value, float factor) =>
        float.IsFinite(value) ? (ushort)Math.Clamp(MathF.Round(value * factor), 0, Unknown - 1) : Unknown;
}
