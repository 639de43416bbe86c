namespace Tracking.Silo.Local;

/// <summary>Where the loops of a host run: on the thread pool, or on the one thread of a simulation, which decides what runs next.</summary>
internal sealed class LoopTasks(TaskScheduler scheduler, TimeProvider pauseClock)
{
    private readonly TaskFactory _factory = new(CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskContinuationOptions.None, scheduler);

    /// <summary>Runs work there.</summary>
    public Task Run(Action work) => _factory.StartNew(work);

    /// <summary>Runs a loop there, to its end.</summary>
    public Task Run(Func<Task> loop) => _factory.StartNew(loop).Unwrap();

    /// <summary>Waits to spare the disk.</summary>
    public Task PauseAsync(TimeSpan pause, CancellationToken cancel) => Task.Delay(pause, pauseClock, cancel);

    /// <summary>Waits for something that is not under this host's hand.</summary>
    /// <exception cref="TimeoutException">It takes longer than that; it goes on.</exception>
    public Task WaitAsync(Task task, TimeSpan atMost, CancellationToken cancel) => task.WaitAsync(atMost, pauseClock, cancel);

    /// <summary>A promise that never runs on the thread that keeps it what waits for it: a scheduler of its own queues that anyway.</summary>
    public TaskCompletionSource NewPromise() =>
        new(scheduler == TaskScheduler.Default ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
}
