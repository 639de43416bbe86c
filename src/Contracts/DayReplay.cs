namespace Tracking.Contracts;

/// <summary>A part of a rep's history, derived again from the stored track and compared with what the alert log says stands.</summary>
/// <param name="Fixes">Fixes that were taken, those before the part that give context included.</param>
/// <param name="Until">The last instant, by the device's clock, up to which both were compared.</param>
/// <param name="Derived">What the track gives, of the kinds that late fixes correct.</param>
/// <param name="OnlyLogged">What stands in the log and is not derived.</param>
/// <param name="OnlyDerived">What is derived and does not stand in the log.</param>
public sealed record DayReplay(
    int Fixes, Instant Until, IReadOnlyList<Alert> Derived, IReadOnlyList<Alert> OnlyLogged, IReadOnlyList<Alert> OnlyDerived);

/// <summary>Replays a part of a rep's history. Registered where there are trackers.</summary>
/// <param name="rep">Whose.</param>
/// <param name="from">First instant.</param>
/// <param name="to">Last instant, exclusive.</param>
/// <param name="cancel">Gives up.</param>
public delegate Task<DayReplay> DayReplayer(Rep rep, Instant from, Instant to, CancellationToken cancel);
