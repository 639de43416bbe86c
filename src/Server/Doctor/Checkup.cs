using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Tracking.Store;

namespace Tracking.Server.Doctor;

/// <summary>Looks at everything that the server needs from the machine and its folder; changes nothing.</summary>
internal sealed class Checkup(ServerOptions options, TimeProvider clock)
{
    private const long LowBytes = 2L << 30, CriticalBytes = 200L << 20;
    private const double SlowSyncMs = 20;
    private const int SyncTrials = 20;
    private static readonly DateTimeOffset BuiltAfter = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Looks at everything, in the order in which it is best mended.</summary>
    public IEnumerable<Finding> Run()
    {
        bool exists = Directory.Exists(options.Data);
        yield return Folder(exists);
        bool running = exists && IsHeld();
        if (exists)
        {
            yield return Permissions();
            yield return Space();
            yield return SyncSpeed();
            foreach (string file in Directory.EnumerateFiles(options.Data, "*.db").Order(StringComparer.Ordinal)) yield return Integrity(file);
        }
        if (options.Store is { } database)
        {
            foreach (Finding finding in DatabaseCheckup.Run(database)) yield return finding;
        }
        yield return Port(options.Http, "--http", ProtocolType.Tcp, running);
        yield return Port(options.Devices, "--devices", ProtocolType.Tcp, running);
        yield return Port(options.Udp, "--udp", ProtocolType.Udp, running);
        yield return Clock(exists);
    }

    private Finding Folder(bool exists) => exists
        ? new(Health.Good, "data folder", options.Data)
        : new(Health.Warning, "data folder", $"{options.Data} does not exist yet", "It is created at the first start; if you expected data there, check --data.");

    private bool IsHeld()
    {
        string path = Path.Combine(options.Data, "server.lock");
        if (!File.Exists(path)) return false;
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private Finding Permissions()
    {
        string probe = Path.Combine(options.Data, $".doctor-{Environment.ProcessId}");
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) { }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new(Health.Bad, "permissions", refused.Message, $"Give the server's user write access: chown -R USER '{options.Data}'");
        }
        if (OperatingSystem.IsWindows()) return new(Health.Good, "permissions", "writable");
        UnixFileMode others = File.GetUnixFileMode(options.Data) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        return others == 0
            ? new(Health.Good, "permissions", "writable, closed to others")
            : new(Health.Warning, "permissions", "other users of this machine can read where people were", $"chmod 700 '{options.Data}'");
    }

    private Finding Space()
    {
        long free = new DriveInfo(options.Data).AvailableFreeSpace;
        string text = $"{free / (double)(1 << 30):F1} GiB free";
        if (free < CriticalBytes) return new(Health.Bad, "disk space", text, "Free some space or move the folder; the server refuses fixes rather than lose them.");
        return free < LowBytes
            ? new(Health.Warning, "disk space", text, "Free some space: a thousand reps write about 1 GiB a week.")
            : new(Health.Good, "disk space", text);
    }

    /// <summary>Each group of fixes waits for one fsync before the devices are answered.</summary>
    private Finding SyncSpeed()
    {
        string probe = Path.Combine(options.Data, $".doctor-{Environment.ProcessId}");
        try
        {
            using var file = new FileStream(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            var block = new byte[64 << 10];
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < SyncTrials; i++)
            {
                file.Write(block);
                file.Flush(flushToDisk: true);
            }
            double ms = Stopwatch.GetElapsedTime(began).TotalMilliseconds / SyncTrials;
            string text = $"64 KiB to disk in {ms:F2} ms";
            return ms > SlowSyncMs
                ? new(Health.Warning, "disk speed", text, "Devices wait this long for each answer; use a local SSD rather than a network or SD-card disk.")
                : new(Health.Good, "disk speed", text);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new(Health.Bad, "disk speed", refused.Message, "See permissions and disk space.");
        }
    }

    private static Finding Integrity(string path)
    {
        string name = Path.GetFileName(path);
        return StoreFileCheck.Run(path) is { } broken
            ? new(Health.Bad, name, broken, Restore(name))
            : new(Health.Good, name, $"whole, {new FileInfo(path).Length / 1024.0 / 1024:F1} MiB");
    }

    private static string Restore(string name) =>
        $"Stop the server, copy the folder away, then restore {name} from a backup, or try: sqlite3 {name} .recover | sqlite3 mended.db";

    private static Finding Port(Listening listening, string option, ProtocolType protocol, bool running)
    {
        string subject = $"{(protocol == ProtocolType.Tcp ? "tcp" : "udp")} {listening.EndPoint}";
        try
        {
            using var socket = new Socket(listening.EndPoint.AddressFamily, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol);
            socket.Bind(new IPEndPoint(listening.EndPoint.Address, listening.EndPoint.Port));
            return running && listening.EndPoint.Port != 0
                ? new(Health.Warning, subject, "free, though a server runs on this folder", $"It listens elsewhere, or not yet; check {option}.")
                : new(Health.Good, subject, "free");
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return running
                ? new(Health.Good, subject, "in use; a server runs on this folder")
                : new(Health.Bad, subject, "in use by another program", $"Find it with: ss -lptun 'sport = :{listening.EndPoint.Port}', or choose another address with {option}.");
        }
        catch (SocketException refused)
        {
            string mend = refused.SocketErrorCode == SocketError.AccessDenied
                ? $"Ports below 1024 need a privilege; choose another with {option}."
                : $"Choose an address of this machine with {option}.";
            return new(Health.Bad, subject, refused.Message, mend);
        }
    }

    private Finding Clock(bool exists)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (now < BuiltAfter) return new(Health.Bad, "clock", $"{now:u} lies in the past", "Set the clock: timedatectl set-ntp true");
        if (exists)
        {
            DateTimeOffset newest = Directory.EnumerateFiles(options.Data).Select(static f => new DateTimeOffset(File.GetLastWriteTimeUtc(f))).DefaultIfEmpty(now).Max();
            if (newest > now.AddMinutes(5))
                return new(Health.Warning, "clock", $"files were written at {newest:u}, after the present {now:u}", "The clock went back: timedatectl set-ntp true");
        }
        return new(Health.Good, "clock", $"{now:u}");
    }
}
