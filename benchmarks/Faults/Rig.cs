using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Tracking.Contracts;
using Tracking.Simulator.Sending;

namespace Tracking.Faults;

/// <summary>Everything that takes part: TimescaleDB, Redis, a small disk, two nodes, the network before the first, a webhook's target; and its faults.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private const int DiskMib = 192;
    private readonly string _program;
    private readonly string _folder = Directory.CreateTempSubdirectory("tracking-faults-").FullName;
    private readonly Gate _reads = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _subscribers = [];
    private string _store = "", _redis = "";
    private Node? _first, _second;
    private WebhookTarget? _target;

    private Rig(string program) => _program = program;

    /// <summary>The folder with the logs of both nodes.</summary>
    public string Folder => _folder;

    /// <summary>The faults that this machine can do.</summary>
    public List<FaultKind> Kinds { get; } = [.. Enum.GetValues<FaultKind>()];

    /// <summary>The network before the first node.</summary>
    public Proxy Network { get; private set; } = null!;

    /// <summary>The first node's main port, without the network between.</summary>
    public Uri First => new($"http://127.0.0.1:{_first!.HttpPort}");

    /// <summary>The node for viewers only.</summary>
    public Uri Second => new($"http://127.0.0.1:{_second!.HttpPort}");

    /// <summary>Where the first node takes sealed datagrams.</summary>
    public IPEndPoint Udp => new(IPAddress.Loopback, _first!.UdpPort);

    /// <summary>An administrator's token.</summary>
    public string Token { get; private set; } = "";

    /// <summary>What each subscriber got.</summary>
    public List<Inbox> Inboxes { get; } = [new("SSE"), new("webhook"), new("Redis stream"), new("hub"), new("hub, second node")];

    /// <summary>Starts of the first node, and ends of its process that nobody asked for.</summary>
    public (int Starts, int Deaths) Lives => (_first!.Starts, _first.Deaths + _second!.Deaths);

    /// <summary>Requests to the webhook whose signature was wrong.</summary>
    public int Forged => _target!.Forged;

    public static async Task<Rig> StartAsync(string program)
    {
        var rig = new Rig(program);
        try
        {
            await rig.PrepareAsync();
            await rig.SubscribeAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Phones of every protocol, known to the server where the protocol needs that.</summary>
    public async Task<List<Phone>> AddPhonesAsync(int count, PhoneCounts counts)
    {
        Protocol[] protocols = [Protocol.OsmAnd, Protocol.Json, Protocol.MessagePack, Protocol.OwnTracks, Protocol.Overland, Protocol.Udp];
        string gateway = await CommandAsync("token", "create", "--role", "gateway", "--name", "faults");
        var began = new Instant(DateTimeOffset.UtcNow.AddDays(-2).ToUnixTimeSeconds() * 1000);
        List<Phone> phones = [];
        for (int number = 0; number < count; number++)
        {
            Protocol protocol = protocols[number % protocols.Length];
            string id = $"{protocol.ToString().ToLowerInvariant()}-{number}", secret = "";
            if (protocol is Protocol.OwnTracks or Protocol.Udp) secret = await CommandAsync("device", "add", "--id", id, "--rep", id);
            int sealedNumber = protocol == Protocol.Udp ? await NumberOfAsync(id) : 0;
            phones.Add(new Phone(number, protocol, new Credential(secret, gateway, sealedNumber), began, counts));
        }
        return phones;
    }

    /// <summary>Does a fault, and mends it after its time.</summary>
    public async Task DoAsync(Fault fault)
    {
        await BeginAsync(fault);
        await Task.Delay(fault.Lasts);
        await EndAsync(fault.Kind);
    }

    /// <summary>Has the subscribers leave.</summary>
    public async Task EndSubscribersAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_subscribers);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested) await EndSubscribersAsync();
        _first?.Dispose();
        _second?.Dispose();
        if (Network is not null) await Network.DisposeAsync();
        if (_target is not null) await _target.DisposeAsync();
        await Shell.ScriptAsync("redis", "stop", Path.Combine(_folder, "redis"));
        await Shell.ScriptAsync("timescale", "stop", PostgresFolder);
        if (Kinds.Contains(FaultKind.FillDisk)) await Shell.ScriptAsync("small-disk", "remove", DataFolder);
        _stop.Dispose();
    }

    private string DataFolder => Path.Combine(_folder, "first");

    private string SecondFolder => Path.Combine(_folder, "second");

    private string PostgresFolder => Path.Combine(_folder, Path.GetFileName(_folder) + "-postgres");

    private string ClockFile => Path.Combine(_folder, "clock");

    private string Filler => Path.Combine(DataFolder, "filler");

    private async Task PrepareAsync()
    {
        Directory.CreateDirectory(PostgresFolder);
        Directory.CreateDirectory(SecondFolder);
        _store = await Shell.ScriptAsync("timescale", "start", PostgresFolder);
        _redis = await Shell.ScriptAsync("redis", "start", Path.Combine(_folder, "redis"));
        await PrepareDiskAsync();
        await File.WriteAllTextAsync(Path.Combine(DataFolder, "appsettings.json"),
            """
            {"Tracking": {"Webhooks": {"AllowPrivateTargets": true, "BackOffMost": "00:00:05"},
              "Silo": {"MaxUnflushedRecords": 3000, "CheckpointRecords": 500}, "Embedded": {"Journal": {"MaxRecentBytes": 262144}}}}
            """);
        // Whichever node is up delivers webhooks, so both must be allowed to reach the target.
        await File.WriteAllTextAsync(Path.Combine(SecondFolder, "appsettings.json"), """{"Tracking": {"Webhooks": {"AllowPrivateTargets": true, "BackOffMost": "00:00:05"}}}""");
        string[] common = ["--store", _store, "--redis", _redis];
        _first = new Node(_program, Path.Combine(_folder, "first.log"), ["--data", DataFolder, "--auto-enrol", .. common], await PrepareClockAsync());
        await _first.StartAsync(mayFail: false);
        _second = new Node(_program, Path.Combine(_folder, "second.log"), ["--data", SecondFolder, "--roles", "live", .. common], new Dictionary<string, string>());
        await _second.StartAsync(mayFail: false);
        Network = new Proxy(_first.HttpPort);
        Token = await CommandAsync("token", "create", "--role", "admin", "--name", "faults");
    }

    private async Task PrepareDiskAsync()
    {
        try
        {
            await Shell.ScriptAsync("small-disk", "make", DataFolder, DiskMib.ToString(CultureInfo.InvariantCulture));
        }
        catch (InvalidOperationException)
        {
            Console.WriteLine("left out: a full disk (nothing can be mounted here)");
            Kinds.Remove(FaultKind.FillDisk);
            Directory.CreateDirectory(DataFolder);
        }
    }

    private async Task<Dictionary<string, string>> PrepareClockAsync()
    {
        StepClock(0);
        try
        {
            return new() { ["STEPPED_CLOCK"] = ClockFile, ["LD_PRELOAD"] = await Shell.ScriptAsync("stepped-clock/library", _folder) };
        }
        catch (InvalidOperationException)
        {
            Console.WriteLine("left out: steps of the clock (there is no C compiler)");
            Kinds.RemoveAll(static kind => Fault.PartOf(kind) == "clock");
            return [];
        }
    }

    // In place: the server has the file in its memory.
    private void StepClock(long seconds)
    {
        using var file = new FileStream(ClockFile, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(BitConverter.GetBytes(seconds));
    }

    private async Task SubscribeAsync()
    {
        using var client = new HttpClient { BaseAddress = First };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        var fence = new
        {
            type = "Feature",
            geometry = new { type = "Point", coordinates = new[] { Phone.FenceLongitudeDeg, Phone.FenceLatitudeDeg } },
            properties = new { id = "depot", name = "Depot", radiusM = 200 },
        };
        (await client.PostAsJsonAsync("/v1/geofences", fence)).EnsureSuccessStatusCode();
        _target = await WebhookTarget.StartAsync(Inboxes[1]);
        (await client.PostAsJsonAsync("/v1/webhooks", new { url = _target.Address, secret = WebhookTarget.Secret })).EnsureSuccessStatusCode();
        _subscribers.Add(Task.Run(() => SseSubscriber.RunAsync(Network.Address, Token, Inboxes[0], _reads, _stop.Token)));
        _subscribers.Add(Task.Run(() => RedisSubscriber.RunAsync(_redis, Inboxes[2], _stop.Token)));
        _subscribers.Add(Task.Run(() => HubSubscriber.RunAsync(Network.Address, Token, Inboxes[3], _reads, _stop.Token)));
        _subscribers.Add(Task.Run(() => HubSubscriber.RunAsync(Second, Token, Inboxes[4], _reads, _stop.Token)));
    }

    private async Task BeginAsync(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.KillServer:
                _first!.Kill();
                break;
            case FaultKind.TearJournal:
                _first!.Kill();
                TearJournal();
                break;
            case FaultKind.HaltPostgres or FaultKind.KillPostgres or FaultKind.PausePostgres:
                string verb = fault.Kind == FaultKind.HaltPostgres ? "halt" : fault.Kind == FaultKind.KillPostgres ? "kill" : "pause";
                await Shell.ScriptAsync("timescale", verb, PostgresFolder);
                break;
            case FaultKind.PauseRedis or FaultKind.KillRedis:
                await Shell.RunAsync("kill", fault.Kind == FaultKind.PauseRedis ? "-STOP" : "-KILL", RedisId);
                break;
            case FaultKind.FillDisk:
                FillDisk();
                break;
            case FaultKind.ClockAhead or FaultKind.ClockBehind:
                StepClock(fault.Kind == FaultKind.ClockAhead ? 3600 : -3600);
                break;
            case FaultKind.WebhookHangs or FaultKind.WebhookResets or FaultKind.WebhookFails:
                _target!.Begin(fault.Kind);
                break;
            case FaultKind.ReadersStall:
                _reads.Close();
                _ = HubSubscriber.StallAsync(Network.Address, Token, fault.Lasts);
                break;
            case FaultKind.CutNetwork:
                Network.Cut();
                break;
            default:
                Network.Stall();
                break;
        }
    }

    private async Task EndAsync(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.KillServer or FaultKind.TearJournal:
                await _first!.StartAsync();
                break;
            case FaultKind.HaltPostgres or FaultKind.KillPostgres or FaultKind.PausePostgres:
                await Shell.ScriptAsync("timescale", kind == FaultKind.PausePostgres ? "continue" : "resume", PostgresFolder);
                break;
            case FaultKind.PauseRedis:
                await Shell.RunAsync("kill", "-CONT", RedisId);
                break;
            case FaultKind.KillRedis:
                await Shell.ScriptAsync("redis", "start", Path.Combine(_folder, "redis"));
                break;
            case FaultKind.FillDisk:
                File.Delete(Filler);
                break;
            case FaultKind.ClockAhead or FaultKind.ClockBehind:
                StepClock(0);
                break;
            case FaultKind.WebhookHangs or FaultKind.WebhookResets or FaultKind.WebhookFails:
                _target!.End();
                break;
            case FaultKind.ReadersStall:
                _reads.Open();
                break;
            default:
                Network.Flow();
                break;
        }
    }

    private string RedisId => File.ReadAllText(Path.Combine(_folder, "redis", "pid")).Trim();

    // The beginning of a commit that no power was left to finish.
    private void TearJournal()
    {
        string log = Path.Combine(DataFolder, "journal.db-wal");
        if (!File.Exists(log)) return;
        try
        {
            byte[] written = File.ReadAllBytes(log);
            using var tail = new FileStream(log, FileMode.Append, FileAccess.Write);
            tail.Write(written.AsSpan(Math.Max(0, written.Length - 3000)));
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    private void FillDisk()
    {
        var zeros = new byte[1 << 20];
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.Delete, bufferSize: 0);
        for (int size = zeros.Length; size > 0; size /= 16)
        {
            try
            {
                while (true) filler.Write(zeros, 0, size);
            }
            catch (IOException)
            {
                // No room for that much; perhaps for less.
            }
        }
    }

    private async Task<int> NumberOfAsync(string device)
    {
        string list = await Shell.RunAsync("sh", "-c", $"dotnet '{_program}' device list --store '{_store}' | grep '^{device}\\s'");
        return int.Parse(list.Split('\t')[^1], CultureInfo.InvariantCulture);
    }

    private Task<string> CommandAsync(string command, string verb, params string[] arguments) =>
        Shell.RunAsync("dotnet", [_program, command, verb, "--store", _store, .. arguments]);
}
