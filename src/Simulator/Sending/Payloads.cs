using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Contracts.MessagePack;

namespace Tracking.Simulator.Sending;

/// <summary>What a phone shows to be let in.</summary>
/// <param name="Secret">The device's secret; empty: it has none.</param>
/// <param name="GatewayToken">A gateway's token, used where the protocol allows it and there is no secret; empty: none.</param>
/// <param name="DeviceNumber">The device's number in sealed datagrams; 0: unknown.</param>
public readonly record struct Credential(string Secret, string GatewayToken, int DeviceNumber = 0)
{
    internal string Bearer => Secret.Length > 0 ? Secret : GatewayToken;
}

/// <summary>Writes reports as the apps do.</summary>
internal static class Payloads
{
    private const double KnotsPerMps = 3600.0 / 1852;
    private const double KmhPerMps = 3.6;
    private static readonly JsonWriterOptions Plain = new() { SkipValidation = false };

    /// <summary>How many reports go into one request.</summary>
    public static int BatchSize(Protocol protocol) => protocol switch
    {
        Protocol.OsmAnd or Protocol.OwnTracks => 1,
        Protocol.Udp => 6,
        _ => 50,
    };

    /// <summary>The request that carries reports.</summary>
    public static HttpRequestMessage Request(Person person, IReadOnlyList<DeviceReport> reports, Credential credential, Uri main, Uri? devices)
    {
        string id = person.Spec.Id;
        HttpRequestMessage request = person.Spec.Protocol switch
        {
            Protocol.OsmAnd => Post(devices ?? new Uri(main, "osmand"), OsmAnd(id, reports[0], credential.Secret), "application/x-www-form-urlencoded"),
            Protocol.OwnTracks => Post(new Uri(main, "owntracks"), OwnTracks(reports[0], id), "application/json"),
            Protocol.Overland => Post(new Uri(main, "overland"), Overland(id, reports), "application/json"),
            Protocol.MessagePack => Post(new Uri(main, "v1/fixes"), MessagePack(id, reports), "application/msgpack"),
            _ => Post(new Uri(main, "v1/fixes"), Json(id, reports), "application/json"),
        };
        if (person.Spec.Protocol == Protocol.OwnTracks)
        {
            string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{credential.Secret}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", basic);
        }
        else if (person.Spec.Protocol != Protocol.OsmAnd && credential.Bearer.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential.Bearer);
        }
        return request;
    }

    private static HttpRequestMessage Post(Uri to, byte[] body, string type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return new HttpRequestMessage(HttpMethod.Post, to) { Content = content };
    }

    private static byte[] OsmAnd(string id, in DeviceReport report, string secret)
    {
        var form = new StringBuilder("id=").Append(Uri.EscapeDataString(id));
        Add(form, "timestamp", report.FixedAt.EpochMs.ToString(CultureInfo.InvariantCulture));
        if (report.HasPosition)
        {
            Add(form, "lat", Degrees(report.Position.LatitudeDeg));
            Add(form, "lon", Degrees(report.Position.LongitudeDeg));
            Add(form, "speed", Text(report.SpeedMps * KnotsPerMps, 3));
            Add(form, "bearing", float.IsNaN(report.CourseDeg) ? "-1" : Text(report.CourseDeg, 1));
            Add(form, "altitude", Text(report.AltitudeM, 1));
            Add(form, "accuracy", Text(report.AccuracyM, 1));
        }
        Add(form, "batt", Text(report.BatteryPct, 0));
        Add(form, "charge", report.Charging ? "true" : "false");
        if (report.Mock) Add(form, "mock", "true");
        if (secret.Length > 0) Add(form, "secret", Uri.EscapeDataString(secret));
        return Encoding.ASCII.GetBytes(form.ToString());
    }

    private static byte[] OwnTracks(in DeviceReport report, string id)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(output, Plain);
        json.WriteStartObject();
        // The app has no message for "alive without a position"; a status message is the nearest that it sends.
        json.WriteString("_type", report.HasPosition ? "location" : "status");
        json.WriteString("tid", id[^2..]);
        if (report.HasPosition)
        {
            json.WriteNumber("lat", Math.Round(report.Position.LatitudeDeg, 7));
            json.WriteNumber("lon", Math.Round(report.Position.LongitudeDeg, 7));
            json.WriteNumber("tst", report.FixedAt.EpochMs / 1000);
            json.WriteNumber("acc", (int)Math.Round(report.AccuracyM));
            json.WriteNumber("alt", (int)Math.Round(report.AltitudeM));
            json.WriteNumber("vel", (int)Math.Round(report.SpeedMps * KmhPerMps));
            if (!float.IsNaN(report.CourseDeg)) json.WriteNumber("cog", (int)Math.Round(report.CourseDeg));
            json.WriteNumber("batt", (int)report.BatteryPct);
            json.WriteNumber("bs", report.Charging ? 2 : 1);
            json.WriteString("conn", report.FromNetwork ? "w" : "m");
        }
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Overland(string id, IReadOnlyList<DeviceReport> reports)
    {
        var output = new ArrayBufferWriter<byte>(400 * reports.Count);
        using var json = new Utf8JsonWriter(output, Plain);
        json.WriteStartObject();
        json.WriteStartArray("locations");
        foreach (DeviceReport report in reports)
        {
            // The app sends nothing without a position.
            if (report.HasPosition) WriteFeature(json, id, report);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static void WriteFeature(Utf8JsonWriter json, string id, in DeviceReport report)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        json.WriteStartObject("geometry");
        json.WriteString("type", "Point");
        json.WriteStartArray("coordinates");
        json.WriteNumberValue(Math.Round(report.Position.LongitudeDeg, 7));
        json.WriteNumberValue(Math.Round(report.Position.LatitudeDeg, 7));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("timestamp", report.FixedAt.ToString());
        json.WriteNumber("speed", report.SpeedMps);
        json.WriteNumber("course", float.IsNaN(report.CourseDeg) ? -1 : report.CourseDeg);
        json.WriteNumber("altitude", report.AltitudeM);
        json.WriteNumber("horizontal_accuracy", report.AccuracyM);
        json.WriteNumber("battery_level", Math.Round(report.BatteryPct / 100, 2));
        json.WriteString("battery_state", report.Charging ? "charging" : "unplugged");
        json.WriteStartArray("motion");
        json.WriteStringValue(report.Moving ? "driving" : "stationary");
        json.WriteEndArray();
        json.WriteString("device_id", id);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static byte[] Json(string id, IReadOnlyList<DeviceReport> reports)
    {
        var output = new ArrayBufferWriter<byte>(300 * reports.Count);
        using var json = new Utf8JsonWriter(output, Plain);
        json.WriteStartArray();
        foreach (DeviceReport report in reports)
        {
            json.WriteStartObject();
            json.WriteString("deviceId", id);
            json.WriteString("fixedAt", report.FixedAt.ToString());
            if (report.HasPosition)
            {
                json.WriteNumber("latitude", Math.Round(report.Position.LatitudeDeg, 7));
                json.WriteNumber("longitude", Math.Round(report.Position.LongitudeDeg, 7));
                json.WriteNumber("altitudeM", report.AltitudeM);
                json.WriteNumber("speedMps", report.SpeedMps);
                if (!float.IsNaN(report.CourseDeg)) json.WriteNumber("courseDeg", report.CourseDeg);
                json.WriteNumber("accuracyM", report.AccuracyM);
                json.WriteString("provider", report.FromNetwork ? "network" : "gnss");
                json.WriteNumber("satellites", report.Satellites);
            }
            json.WriteNumber("batteryPct", report.BatteryPct);
            json.WriteBoolean("charging", report.Charging);
            if (report.Mock) json.WriteBoolean("mock", true);
            json.WriteString("activity", report.Moving ? "driving" : "still");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>An array of maps.</summary>
    public static byte[] MessagePack(string id, IReadOnlyList<DeviceReport> reports)
    {
        var output = new ArrayBufferWriter<byte>(200 * reports.Count);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(reports.Count);
        foreach (DeviceReport report in reports) WriteMap(ref writer, id, report);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static void WriteMap(ref MessagePackWriter writer, string id, in DeviceReport report)
    {
        bool hasCourse = report.HasPosition && !float.IsNaN(report.CourseDeg);
        writer.WriteMapHeader(4 + (report.HasPosition ? 6 : 0) + (hasCourse ? 1 : 0) + (report.Mock ? 1 : 0));
        writer.WriteString("deviceId");
        writer.WriteString(id);
        writer.WriteString("fixedAt");
        writer.WriteInt64(report.FixedAt.EpochMs);
        writer.WriteString("batteryPct");
        writer.WriteSingle(report.BatteryPct);
        writer.WriteString("charging");
        writer.WriteBoolean(report.Charging);
        if (report.HasPosition)
        {
            Number(ref writer, "latitude", report.Position.LatitudeDeg);
            Number(ref writer, "longitude", report.Position.LongitudeDeg);
            Number(ref writer, "altitudeM", report.AltitudeM);
            Number(ref writer, "speedMps", report.SpeedMps);
            Number(ref writer, "accuracyM", report.AccuracyM);
            writer.WriteString("provider");
            writer.WriteString(report.FromNetwork ? "network" : "gnss");
        }
        if (hasCourse) Number(ref writer, "courseDeg", report.CourseDeg);
        if (!report.Mock) return;
        writer.WriteString("mock");
        writer.WriteBoolean(true);
    }

    private static void Number(ref MessagePackWriter writer, string key, double value)
    {
        writer.WriteString(key);
        writer.WriteDouble(value);
    }

    private static void Add(StringBuilder form, string key, string value) => form.Append('&').Append(key).Append('=').Append(value);

    private static string Degrees(double degrees) => degrees.ToString("F7", CultureInfo.InvariantCulture);

    private static string Text(double value, int digits) => Math.Round(value, digits).ToString(CultureInfo.InvariantCulture);
}
