using System.Text;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>The words that the apps use for activities, providers, alarms and coordinate systems; case does not matter.</summary>
internal static class Words
{
    public static bool TryCrs(ReadOnlySpan<byte> word, out Crs crs)
    {
        crs = Crs.Wgs84;
        if (Is(word, "wgs84"u8) || Is(word, "wgs-84"u8)) return true;
        crs = Crs.Gcj02;
        if (Is(word, "gcj02"u8) || Is(word, "gcj-02"u8)) return true;
        crs = Crs.Bd09;
        return Is(word, "bd09"u8) || Is(word, "bd-09"u8) || Is(word, "bd09ll"u8);
    }

    public static LocationProvider Provider(ReadOnlySpan<byte> word) => word switch
    {
        [] => LocationProvider.Unknown,
        _ when Is(word, "gnss"u8) || Is(word, "gps"u8) => LocationProvider.Gnss,
        _ when Is(word, "fused"u8) => LocationProvider.Fused,
        _ when Is(word, "network"u8) || Is(word, "wifi"u8) || Is(word, "cell"u8) => LocationProvider.Network,
        _ => LocationProvider.Other,
    };

    public static Activity Activity(ReadOnlySpan<byte> word) => word switch
    {
        _ when Is(word, "still"u8) || Is(word, "stationary"u8) => Contracts.Activity.Still,
        _ when Is(word, "walking"u8) || Is(word, "on_foot"u8) => Contracts.Activity.Walking,
        _ when Is(word, "running"u8) => Contracts.Activity.Running,
        _ when Is(word, "cycling"u8) || Is(word, "on_bicycle"u8) => Contracts.Activity.Cycling,
        _ when Is(word, "driving"u8) || Is(word, "automotive"u8) || Is(word, "in_vehicle"u8) => Contracts.Activity.Driving,
        _ => Contracts.Activity.Unknown,
    };

    public static DeviceAlarm Alarm(ReadOnlySpan<byte> word) => word switch
    {
        [] => DeviceAlarm.None,
        _ when Is(word, "sos"u8) => DeviceAlarm.Sos,
        _ when Is(word, "lowBattery"u8) => DeviceAlarm.LowBattery,
        _ when Is(word, "jamming"u8) => DeviceAlarm.Jamming,
        _ => DeviceAlarm.Other,
    };

    /// <summary>What an alarm says of the device itself; null: nothing that is certain.</summary>
    public static DeviceEventKind? AlarmEvent(ReadOnlySpan<byte> word) => word switch
    {
        _ when Is(word, "powerOff"u8) => DeviceEventKind.Shutdown,
        _ when Is(word, "powerOn"u8) => DeviceEventKind.Boot,
        _ when Is(word, "lowBattery"u8) => DeviceEventKind.BatteryLow,
        _ => null,
    };

    /// <summary>Reads <c>true</c> and <c>1</c>, <c>false</c> and <c>0</c>.</summary>
    public static bool TryBoolean(ReadOnlySpan<byte> word, out bool value)
    {
        value = Is(word, "true"u8) || Is(word, "1"u8);
        return value || Is(word, "false"u8) || Is(word, "0"u8);
    }

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(word, expected);
}
