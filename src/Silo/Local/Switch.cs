namespace Tracking.Silo.Local;

/// <summary>Something that is off until anybody turns it on, and that waits can be ended by.</summary>
internal sealed class Switch : IDisposable
{
    private CancellationTokenSource _source = new();

    /// <summary>Whether it is on.</summary>
    public bool IsOn => Volatile.Read(ref _source).IsCancellationRequested;

    /// <summary>Cancelled when it is turned on.</summary>
    public CancellationToken Token => Volatile.Read(ref _source).Token;

    /// <summary>Turns it on.</summary>
    public void TurnOn() => Volatile.Read(ref _source).Cancel();

    /// <summary>Turns it off.</summary>
    public void TurnOff() => Volatile.Write(ref _source, new CancellationTokenSource());

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
