using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Tracking.Contracts;
using Tracking.Simulator.Sending;

namespace Tracking.Faults;

/// <summary>What all phones met.</summary>
internal sealed class PhoneCounts
{
    private long _unanswered, _busy;

    /// <summary>Requests without an answer: sent again.</summary>
    public long Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Answers that say to come again later: 429 and 503.</summary>
    public long Busy => Volatile.Read(ref _busy);

    /// <summary>Answers that a phone may not get here, with how often each came.</summary>
    public Dictionary<string, int> Wrong { get; } = new(StringComparer.Ordinal);

    public void AddUnanswered() => Interlocked.Increment(ref _unanswered);

    public void AddBusy() => Interlocked.Increment(ref _busy);

    public void AddWrong(string answer)
    {
        lock (Wrong) Wrong[answer] = Wrong.GetValueOrDefault(answer) + 1;
    }
}

/// <summary>
/// A phone that drives north and south through a fence, a fix a second of its own time. It keeps every fix until it is answered, and sends
/// the same ones again until then.
/// </summary>
internal sealed class Phone(int number, Protocol protocol, Credential credential, Instant began, PhoneCounts counts) : IDisposable
{
    /// <summary>The middle of the way, where the fence is.</summary>
    public const double FenceLatitudeDeg = 48.2, FenceLongitudeDeg = 16.4;

    private const int LapFixes = 100;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(8), RetryPause = TimeSpan.FromMilliseconds(300);
    private readonly HttpClient _client = new() { Timeout = AnswerTime };
    private SealedPhone? _sealed;
    private int _next;

    /// <summary>Device and rep have the same id.</summary>
    public string Id { get; } = FormattableString.Invariant($"{protocol.ToString().ToLowerInvariant()}-{number}");

    public Protocol Protocol => protocol;

    /// <summary>How many fixes were acknowledged.</summary>
    public int Acknowledged => Volatile.Read(ref _next);

    /// <summary>Two a lap; only whole laps are driven.</summary>
    public int Crossings => Acknowledged / LapFixes * 2;

    private int Batch => protocol switch
    {
        Protocol.OsmAnd or Protocol.OwnTracks => 1,
        Protocol.Udp => 5,
        Protocol.MessagePack => 20,
        _ => 10,
    };

    /// <summary>Sends until told to stop, and then to the end of the lap.</summary>
    public async Task SendUntilAsync(Uri server, IPEndPoint udp, double fixesPerSecond, CancellationToken stop)
    {
        if (protocol == Protocol.Udp) _sealed = new SealedPhone(udp, credential.DeviceNumber, credential.Secret, TimeProvider.System);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(Batch / fixesPerSecond));
        while (!stop.IsCancellationRequested || _next % LapFixes != 0)
        {
            while (!await TrySendAsync(server)) await Task.Delay(RetryPause, CancellationToken.None);
            Volatile.Write(ref _next, _next + Batch);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>When a fix was taken.</summary>
    public Instant TimeOf(int number) => new Instant(began.EpochMs + (number * 1000L));

    public void Dispose()
    {
        _client.Dispose();
        _sealed?.Dispose();
    }

    private async Task<bool> TrySendAsync(Uri server)
    {
        (long EpochMs, double LatitudeDeg, double LongitudeDeg)[] fixes = [.. Enumerable.Range(_next, Batch).Select(FixAt)];
        try
        {
            if (_sealed is not null) return Judge(await _sealed.SendAsync(PhonePayloads.MessagePack(fixes, null), CancellationToken.None));
            using HttpRequestMessage request = PhonePayloads.Request(server, protocol, Id, credential, fixes);
            using HttpResponseMessage answer = await _client.SendAsync(request);
            return Judge(answer.StatusCode);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            counts.AddUnanswered();
            return false;
        }
    }

    private bool Judge(bool? answer)
    {
        if (answer is null) counts.AddUnanswered();
        if (answer == false) counts.AddWrong("udp malformed");
        return answer == true;
    }

    private bool Judge(HttpStatusCode status)
    {
        if (status == HttpStatusCode.OK) return true;
        if (status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests) counts.AddBusy();
        else counts.AddWrong(FormattableString.Invariant($"{protocol} {(int)status}"));
        return false;
    }

    private (long, double, double) FixAt(int fix)
    {
        int place = fix % LapFixes;
        double northM = ((fix / LapFixes % 2 == 0 ? place : LapFixes - place) * 20.0) - (LapFixes * 10.0);
        return (TimeOf(fix).EpochMs, Math.Round(FenceLatitudeDeg + (northM / 111_200), 7), Math.Round(FenceLongitudeDeg + (number * 1e-5), 7));
    }
}

/// <summary>Requests as the apps send them.</summary>
internal static class PhonePayloads
{
    private const double SpeedMps = 20, KnotsPerMps = 3600.0 / 1852, KmhPerMps = 3.6;

    public static HttpRequestMessage Request(Uri server, Protocol protocol, string id, Credential credential, (long EpochMs, double LatitudeDeg, double LongitudeDeg)[] fixes)
    {
        (string path, byte[] body, string type) = protocol switch
        {
            Protocol.OsmAnd => ("osmand", Text(fixes, f => $"id={id}&timestamp={f.EpochMs}&lat={f.LatitudeDeg}&lon={f.LongitudeDeg}&speed={SpeedMps * KnotsPerMps:0.000}&accuracy=5", ""), "application/x-www-form-urlencoded"),
            Protocol.OwnTracks => ("owntracks", Text(fixes, f => $$"""{"_type":"location","tid":"xx","lat":{{f.LatitudeDeg}},"lon":{{f.LongitudeDeg}},"tst":{{f.EpochMs / 1000}},"acc":5,"vel":{{SpeedMps * KmhPerMps:0}}}""", ""), "application/json"),
            Protocol.Overland => ("overland", [.. "{\"locations\":["u8, .. Text(fixes, f => Feature(id, f), ","), .. "]}"u8], "application/json"),
            Protocol.MessagePack => ("v1/fixes", MessagePack(fixes, id), "application/msgpack"),
            _ => ("v1/fixes", [.. "["u8, .. Text(fixes, f => $$"""{"deviceId":"{{id}}","fixedAt":{{f.EpochMs}},"latitude":{{f.LatitudeDeg}},"longitude":{{f.LongitudeDeg}},"accuracyM":5,"speedMps":{{SpeedMps}}}""", ","), .. "]"u8], "application/json"),
        };
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, path)) { Content = content };
        if (protocol == Protocol.OwnTracks)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{credential.Secret}")));
        else if (protocol != Protocol.OsmAnd)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential.GatewayToken);
        return request;
    }

    /// <summary>An array of maps; without a device id where the connection says whose they are.</summary>
    public static byte[] MessagePack((long EpochMs, double LatitudeDeg, double LongitudeDeg)[] fixes, string? id)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>(200 * fixes.Length);
        var writer = new Contracts.MessagePack.MessagePackWriter(output);
        writer.WriteArrayHeader(fixes.Length);
        foreach ((long epochMs, double latitudeDeg, double longitudeDeg) in fixes)
        {
            writer.WriteMapHeader(id is null ? 5 : 6);
            if (id is not null)
            {
                writer.WriteString("deviceId");
                writer.WriteString(id);
            }
            writer.WriteString("fixedAt");
            writer.WriteInt64(epochMs);
            writer.WriteString("latitude");
            writer.WriteDouble(latitudeDeg);
            writer.WriteString("longitude");
            writer.WriteDouble(longitudeDeg);
            writer.WriteString("accuracyM");
            writer.WriteDouble(5);
            writer.WriteString("speedMps");
            writer.WriteDouble(SpeedMps);
        }
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static FormattableString Feature(string id, (long EpochMs, double LatitudeDeg, double LongitudeDeg) fix) =>
        $$$"""{"type":"Feature","geometry":{"type":"Point","coordinates":[{{{fix.LongitudeDeg}}},{{{fix.LatitudeDeg}}}]},"properties":{"timestamp":"{{{new Instant(fix.EpochMs)}}}","speed":{{{SpeedMps}}},"horizontal_accuracy":5,"device_id":"{{{id}}}"}}""";

    private static byte[] Text<T>(T[] items, Func<T, FormattableString> write, string between) =>
        Encoding.ASCII.GetBytes(string.Join(between, items.Select(item => write(item).ToString(CultureInfo.InvariantCulture))));
}
