namespace Tracking.Contracts;

/// <summary>What happened to a device, by its own word or by what its connection shows.</summary>
public enum DeviceEventKind : byte
{
    /// <summary>Not one of these; the record in the journal has its name.</summary>
    Other,
    /// <summary>Alive; may carry the battery.</summary>
    Heartbeat,
    /// <summary>The app began to track.</summary>
    AppStarted,
    /// <summary>The app was ended, by its user or by the system.</summary>
    AppStopped,
    /// <summary>The app was updated.</summary>
    AppUpdated,
    /// <summary>The app may no longer read the position.</summary>
    PermissionDenied,
    /// <summary>It may again.</summary>
    PermissionGranted,
    /// <summary>The location service of the device was switched off.</summary>
    LocationServiceOff,
    /// <summary>It was switched on.</summary>
    LocationServiceOn,
    /// <summary>Aeroplane mode was switched on.</summary>
    AeroplaneModeOn,
    /// <summary>It was switched off.</summary>
    AeroplaneModeOff,
    /// <summary>The device is being switched off.</summary>
    Shutdown,
    /// <summary>The device was switched on.</summary>
    Boot,
    /// <summary>The battery is low.</summary>
    BatteryLow,
    /// <summary>The device sees no network; it tells so afterwards.</summary>
    NetworkLost,
    /// <summary>The connection ended without a word (OwnTracks <c>lwt</c>).</summary>
    ConnectionLost,
    /// <summary>An app for mock locations is selected.</summary>
    MockAppFound,
    /// <summary>The app runs in an emulator.</summary>
    EmulatorFound,
    /// <summary>The device is rooted.</summary>
    RootFound,
}

/// <summary>Something that happened to a device.</summary>
public readonly record struct DeviceEvent
{
    /// <summary>Everything optional unknown.</summary>
    public DeviceEvent() { }

    /// <summary>What.</summary>
    public DeviceEventKind Kind { get; init; }

    /// <summary>When, by the device's clock.</summary>
    public Instant At { get; init; }

    /// <summary>When the server received it.</summary>
    public Instant ReceivedAt { get; init; }

    /// <summary>0 to 100; NaN: unknown.</summary>
    public float BatteryPct { get; init; } = float.NaN;

    /// <summary>Whether it is charging; null: unknown.</summary>
    public bool? Charging { get; init; }

    /// <summary>From which device; 0: not told.</summary>
    public int DeviceKey { get; init; }

    /// <summary>By which protocol it came.</summary>
    public Protocol Protocol { get; init; }

    /// <summary>The device's own word where <see cref="Kind"/> is <see cref="DeviceEventKind.Other"/>; empty otherwise.</summary>
    public string Name { get; init; } = "";

    /// <summary>What else the device told, a JSON object in UTF-8; null: nothing.</summary>
    public byte[]? Data { get; init; }
}
