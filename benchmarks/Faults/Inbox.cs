using System.Text.Json;

namespace Tracking.Faults;

/// <summary>What a subscriber got: which alerts, how often again, and whether each rep's came in the order of the log.</summary>
internal sealed class Inbox(string way)
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _newestOfRep = new(StringComparer.Ordinal);

    /// <summary>By which way the subscriber gets its alerts.</summary>
    public string Way => way;

    /// <summary>The highest cursor that came; 0: none.</summary>
    public long Cursor { get; private set; }

    /// <summary>Alerts that came again.</summary>
    public int Repeats { get; private set; }

    /// <summary>Alerts that came for the first time behind a later one of the same rep.</summary>
    public int OutOfOrder { get; private set; }

    /// <summary>How often the subscriber had to connect, or was sent something.</summary>
    public int Connections { get; set; }

    /// <summary>Different alerts.</summary>
    public int Count
    {
        get
        {
            lock (_ids) return _ids.Count;
        }
    }

    /// <summary>Takes an alert.</summary>
    public void Take(JsonElement alert)
    {
        string id = alert.GetProperty("id").GetString()!, rep = alert.GetProperty("repId").GetString()!;
        long cursor = alert.GetProperty("cursor").GetInt64();
        lock (_ids)
        {
            if (!_ids.Add(id))
            {
                Repeats++;
                return;
            }
            if (cursor < _newestOfRep.GetValueOrDefault(rep)) OutOfOrder++;
            else _newestOfRep[rep] = cursor;
            if (cursor > Cursor) Cursor = cursor;
        }
    }

    /// <summary>How many of these did not come.</summary>
    public int MissingOf(IEnumerable<string> ids)
    {
        lock (_ids) return ids.Count(id => !_ids.Contains(id));
    }
}

/// <summary>A gate that is open, until somebody closes it for a while.</summary>
internal sealed class Gate
{
    private TaskCompletionSource _open = new();

    public Gate() => _open.SetResult();

    public Task PassAsync() => Volatile.Read(ref _open).Task;

    public void Close() => Volatile.Write(ref _open, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Open() => Volatile.Read(ref _open).TrySetResult();
}
