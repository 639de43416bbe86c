using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Tracking.Faults;

/// <summary>Takes alerts out of the Redis stream as the one member of a consumer group, as docs/subscribers.md shows it.</summary>
internal static class RedisSubscriber
{
    private const string Stream = "tracking:alerts", Group = "faults", Member = "one";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300), Silence = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(string address, Inbox inbox, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var redis = new RedisConnection(address);
                inbox.Connections++;
                await FollowAsync(redis, inbox, stop);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // Redis is away.
            }
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private static async Task FollowAsync(RedisConnection redis, Inbox inbox, CancellationToken stop)
    {
        await CallAsync(redis, stop, "XGROUP", "CREATE", Stream, Group, "0", "MKSTREAM");
        for (string id = "0"; !stop.IsCancellationRequested;)
        {
            object? answer = await CallAsync(redis, stop, "XREADGROUP", "GROUP", Group, Member, "COUNT", "200", "BLOCK", "2000", "STREAMS", Stream, id);
            if (answer is string problem) throw new IOException(problem);
            object?[] entries = answer is object?[] { Length: > 0 } streams ? (object?[])((object?[])streams[0]!)[1]! : [];
            if (entries.Length == 0) id = ">";
            foreach (object? entry in entries)
            {
                var (key, fields) = ((string)((object?[])entry!)[0]!, ((object?[])entry)[1] as object?[]);
                int place = Array.IndexOf(fields ?? [], "alert");
                if (place >= 0) inbox.Take(JsonElement.Parse((string)fields![place + 1]!));
                await CallAsync(redis, stop, "XACK", Stream, Group, key);
            }
        }
    }

    private static async Task<object?> CallAsync(RedisConnection redis, CancellationToken stop, params string[] words)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(Silence);
        return await redis.CallAsync(words, late.Token);
    }

    /// <summary>A connection that speaks RESP 2. An error comes as a text, like the answer "OK".</summary>
    private sealed class RedisConnection : IDisposable
    {
        private readonly TcpClient _client;
        private readonly BufferedStream _stream;

        public RedisConnection(string address)
        {
            _client = new TcpClient(address.Split(':')[0], int.Parse(address.Split(':')[1], CultureInfo.InvariantCulture)) { NoDelay = true };
            _stream = new BufferedStream(_client.GetStream(), 64 << 10);
        }

        public async Task<object?> CallAsync(string[] words, CancellationToken stop)
        {
            var call = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
            foreach (string word in words) call.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
            await _stream.WriteAsync(Encoding.UTF8.GetBytes(call.ToString()), stop);
            await _stream.FlushAsync(stop);
            return await ReadAsync(stop);
        }

        private async Task<object?> ReadAsync(CancellationToken stop)
        {
            string line = await LineAsync(stop);
            switch (line[0])
            {
                case '$':
                    int length = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
                    if (length < 0) return null;
                    var text = new byte[length + 2];
                    await _stream.ReadExactlyAsync(text, stop);
                    return Encoding.UTF8.GetString(text, 0, length);
                case '*':
                    int count = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
                    if (count < 0) return null;
                    var items = new object?[count];
                    for (int item = 0; item < count; item++) items[item] = await ReadAsync(stop);
                    return items;
                default:
                    return line[1..];
            }
        }

        private async Task<string> LineAsync(CancellationToken stop)
        {
            var line = new List<byte>();
            var one = new byte[1];
            while (line.Count < 2 || line[^1] != '\n' || line[^2] != '\r')
            {
                if (await _stream.ReadAsync(one, stop) == 0) throw new IOException("Redis has hung up");
                line.Add(one[0]);
            }
            return Encoding.UTF8.GetString([.. line], 0, line.Count - 2);
        }

        public void Dispose()
        {
            _client.Dispose();
            _stream.Dispose();
        }
    }
}
