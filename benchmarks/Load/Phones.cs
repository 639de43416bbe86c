using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Tracking.Load;

/// <summary>A phone of the load: it circles in the city and knows its next fix.</summary>
internal sealed class Phone(int number, string id, string secret)
{
    private const double CityLatitudeDeg = 48.2, CityLongitudeDeg = 16.37;
    private readonly double _radiusDeg = 0.02 + number % 97 * 0.002;
    private double _angle = number * 0.7;

    // Phones run faster than time in a closed loop: they begin long ago, so that their fixes never lie in the future.
    private long _fixedAtMs = DateTimeOffset.UtcNow.AddDays(-90).ToUnixTimeMilliseconds();

    public string Id => id;

    public string Secret => secret;

    /// <summary>Moves one second on, at 10 to 20 m/s.</summary>
    public (long FixedAtMs, double LatitudeDeg, double LongitudeDeg) Next()
    {
        _angle += 1.5e-4 / _radiusDeg;
        _fixedAtMs += 1000;
        return (_fixedAtMs, CityLatitudeDeg + _radiusDeg * Math.Sin(_angle), CityLongitudeDeg + 1.5 * _radiusDeg * Math.Cos(_angle));
    }
}

/// <summary>Builds requests as phones send them.</summary>
internal static class Requests
{
    public static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: load\r\n\r\n");

    public static byte[] OsmAnd(Phone phone)
    {
        (long fixedAtMs, double latitudeDeg, double longitudeDeg) = phone.Next();
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"POST /osmand?id={phone.Id}&lat={latitudeDeg:0.0000000}&lon={longitudeDeg:0.0000000}&timestamp={fixedAtMs}&accuracy=5 HTTP/1.1\r\nHost: load\r\nContent-Length: 0\r\n\r\n"));
    }

    public static byte[] Json(Phone phone, int count)
    {
        var body = new StringBuilder("[");
        for (int fix = 0; fix < count; fix++)
        {
            (long fixedAtMs, double latitudeDeg, double longitudeDeg) = phone.Next();
            body.Append(fix == 0 ? "" : ",").Append(CultureInfo.InvariantCulture,
                $"{{\"fixedAt\":{fixedAtMs},\"latitude\":{latitudeDeg:0.0000000},\"longitude\":{longitudeDeg:0.0000000},\"accuracyM\":5,\"speedMps\":15.5}}");
        }
        return Post(phone, "application/json", Encoding.ASCII.GetBytes(body.Append(']').ToString()));
    }

    public static byte[] MessagePack(Phone phone, int count, Action<long>? sent = null)
    {
        using var body = new MemoryStream();
        body.Write([0xdc, (byte)(count >> 8), (byte)count]);
        for (int fix = 0; fix < count; fix++)
        {
            (long FixedAtMs, double, double) next = phone.Next();
            sent?.Invoke(next.FixedAtMs);
            WriteFix(body, next);
        }
        return Post(phone, "application/msgpack", body.ToArray());
    }

    /// <summary>A map of five keys, as a client library would write it.</summary>
    public static void WriteFix(Stream body, (long FixedAtMs, double LatitudeDeg, double LongitudeDeg) fix)
    {
        body.WriteByte(0x85);
        WriteText(body, "fixedAt");
        Span<byte> number = stackalloc byte[9];
        number[0] = 0xcf;
        BinaryPrimitives.WriteInt64BigEndian(number[1..], fix.FixedAtMs);
        body.Write(number);
        WriteNumber(body, "latitude", fix.LatitudeDeg);
        WriteNumber(body, "longitude", fix.LongitudeDeg);
        WriteNumber(body, "accuracyM", 5);
        WriteNumber(body, "speedMps", 15.5);
    }

    private static void WriteNumber(Stream body, string key, double value)
    {
        WriteText(body, key);
        Span<byte> number = stackalloc byte[9];
        number[0] = 0xcb;
        BinaryPrimitives.WriteDoubleBigEndian(number[1..], value);
        body.Write(number);
    }

    private static void WriteText(Stream body, string text)
    {
        body.WriteByte((byte)(0xa0 | text.Length));
        body.Write(Encoding.ASCII.GetBytes(text));
    }

    private static byte[] Post(Phone phone, string type, byte[] body) =>
        [.. Encoding.ASCII.GetBytes(
            $"POST /v1/fixes HTTP/1.1\r\nHost: load\r\nAuthorization: Bearer {phone.Secret}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
}
