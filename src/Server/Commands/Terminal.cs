using System.Runtime.InteropServices;
using Spectre.Console;

namespace Tracking.Server.Commands;

/// <summary>What commands share towards the person at the terminal.</summary>
internal static class Terminal
{
    /// <summary>Standard error with colours where it is a terminal; results go to standard output plain.</summary>
    public static readonly IAnsiConsole Error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Runs long work under a progress bar; without a terminal it runs silently.</summary>
    public static Task WithProgressAsync(string label, Func<Action<double>?, Task> work)
    {
        if (Console.IsErrorRedirected) return work(null);
        return Error.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(label), maxValue: 1);
                await work(share => bar.Value = share);
                bar.Value = 1;
            });
    }

    /// <summary>Cancelled by Ctrl-C or SIGTERM.</summary>
    public static Interruption OnInterrupt() => new();

    /// <summary>A server's address from the command line.</summary>
    public static Uri Address(string option, string text)
    {
        if (Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https") return address;
        throw Complaint.Usage($"{option} must be an address such as http://127.0.0.1:8080, not '{text}'.");
    }
}

/// <summary>Turns the signals to end into a cancellation, so that work ends cleanly.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
    }

    /// <summary>Cancelled when the process is told to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void Cancel(PosixSignalContext context)
    {
        context.Cancel = true;
        _source.Cancel();
    }
}
