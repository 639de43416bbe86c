namespace Tracking.Server;

/// <summary>Marks connections that came in by the device port.</summary>
internal sealed class DevicePort
{
    /// <summary>The one mark.</summary>
    public static readonly DevicePort Mark = new();

    private DevicePort() { }

    /// <summary>Whether a path is a device's.</summary>
    public static bool Serves(PathString path) => path.Value is null or "" or "/" or "/osmand" or "/owntracks" or "/pub" or "/overland" or "/v1/fixes";
}
