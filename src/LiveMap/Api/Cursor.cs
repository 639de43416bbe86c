using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>Cursors of lists: opaque to callers, and fit for a URL as they are.</summary>
internal static class Cursor
{
    /// <summary>Names a place by a text.</summary>
    public static string FromText(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads what <see cref="FromText"/> made.</summary>
    public static bool TryText(string cursor, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (cursor.Length > 1024 || !Base64Url.IsValid(cursor)) return false;
        text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return true;
    }

    /// <summary>Names a place in a track.</summary>
    public static string FromTrack(TrackPosition position) =>
        string.Create(CultureInfo.InvariantCulture, $"{position.FixedAt.EpochMs}.{position.Skip}");

    /// <summary>Reads what <see cref="FromTrack"/> made.</summary>
    public static bool TryTrack(string cursor, out TrackPosition position)
    {
        position = default;
        int dot = cursor.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !long.TryParse(cursor.AsSpan(0, dot), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long epochMs)
            || !int.TryParse(cursor.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int skip)) return false;
        position = new(new Instant(epochMs), skip);
        return true;
    }
}
