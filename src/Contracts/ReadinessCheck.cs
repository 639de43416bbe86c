namespace Tracking.Contracts;

/// <summary>One condition of <c>/readyz</c>. Parts register theirs as singletons; all that are required must hold.</summary>
/// <param name="Name">A short word, such as <c>journal</c>.</param>
/// <param name="Run">Answers null when all is well, or why not in a sentence that may be shown to anybody.</param>
public sealed record ReadinessCheck(string Name, Func<CancellationToken, ValueTask<string?>> Run)
{
    /// <summary>False: when it does not hold, the server is <c>degraded</c>, but ready.</summary>
    public bool IsRequired { get; init; } = true;

    /// <summary>Whether it is required now, where that changes; null: see <see cref="IsRequired"/>.</summary>
    public Func<bool>? IsRequiredNow { get; init; }
}
