namespace Tracking.Simulation.Tests;

/// <summary>
/// Everything that happens, on one thread: what is ready runs in an order that the seed decides, and time moves on when
/// nothing is. The digest is the same in every run of a seed.
/// </summary>
internal sealed class World(ulong seed)
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<Action, (long DueAt, long Order)> _later = new();
    private readonly List<(SimulatedProcess Process, Task Task)> _ready = [];
    private long _order;

    public Dice Dice { get; } = new(seed);

    public DateTimeOffset Now { get; private set; } = Begin;

    public ulong Digest { get; private set; } = seed;

    public long Steps { get; private set; }

    /// <summary>Takes the story of the run; null: nobody listens.</summary>
    public Action<string>? Story { get; init; }

    /// <summary>Called before every step of a process.</summary>
    public Action<SimulatedProcess>? BeforeStep { get; set; }

    public void Tell(FormattableString what) => Story?.Invoke(FormattableString.Invariant($"{Now:HH:mm:ss.fff} {FormattableString.Invariant(what)}"));

    public void After(TimeSpan delay, Action happens) => _later.Enqueue(happens, ((Now + delay).Ticks, _order++));

    /// <summary>Runs until something holds or a time has passed; whether it holds.</summary>
    public bool RunUntil(Func<bool> holds, TimeSpan atMost)
    {
        DateTimeOffset end = Now + atMost;
        while (!holds())
        {
            if (_ready.Count > 0) Step();
            else if (!TryMoveOn(end)) return holds();
        }
        return true;
    }

    /// <summary>Moves the clock on at once, as when a machine sleeps.</summary>
    public void Jump(TimeSpan by) => Now += by;

    internal void Enqueue(SimulatedProcess process, Task task) => _ready.Add((process, task));

    private void Step()
    {
        int index = Dice.Below(_ready.Count);
        (SimulatedProcess process, Task task) = _ready[index];
        _ready[index] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        if (process.IsDead) return;
        BeforeStep?.Invoke(process);
        if (process.IsDead) return;
        Now += TimeSpan.FromMicroseconds(Dice.Below(50));
        Mix((ulong)index);
        process.Run(task);
    }

    private bool TryMoveOn(DateTimeOffset end)
    {
        if (!_later.TryPeek(out _, out (long DueAt, long Order) next) || next.DueAt > end.Ticks)
        {
            if (end > Now) Now = end;
            return false;
        }
        Action happens = _later.Dequeue();
        if (next.DueAt > Now.Ticks) Now = new DateTimeOffset(next.DueAt, TimeSpan.Zero);
        Mix((ulong)next.DueAt);
        happens();
        return true;
    }

    private void Mix(ulong value)
    {
        Steps++;
        Digest = (Digest ^ value) * 0x100000001B3;
    }
}

/// <summary>A process: a scheduler whose work never runs any more once it is dead, and a clock whose timers die with it.</summary>
internal sealed class SimulatedProcess(World world) : TaskScheduler
{
    public bool IsDead { get; private set; }

    public TimeProvider Clock => new ProcessClock(this, world);

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Ends it between two steps, as kill -9 does.</summary>
    public void Kill() => IsDead = true;

    public void Run(Task task) => TryExecuteTask(task);

    protected override void QueueTask(Task task)
    {
        if (!IsDead) world.Enqueue(this, task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}

/// <summary>The clock of a process.</summary>
internal sealed class ProcessClock(SimulatedProcess process, World world) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.Now;

    public override long GetTimestamp() => world.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(process, world, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimulatedProcess process, World world, TimerCallback callback, object? state) : ITimer
    {
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan) world.After(dueTime, () => Fire(version, period));
            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int version, TimeSpan period)
        {
            if (version != _version || process.IsDead) return;
            if (period > TimeSpan.Zero) Change(period, period);
            callback(state);
        }
    }
}
