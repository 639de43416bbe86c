using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo;

/// <summary>
/// Compares what the alert log says with what the corrected history gives, and words the difference as alerts. A pure function:
/// the same two lists give the same alerts with the same ids, and once they are in the log there is no difference left.
/// </summary>
internal static class CorrectionPlan
{
    private const int IdBytes = 16;

    /// <summary>The kinds that are corrected, and those that tell whether a mock case was open and the rep on duty, which are not.</summary>
    public static readonly string[] KindsToRead =
    [
        AlertKind.GeofenceEntered, AlertKind.GeofenceExited, AlertKind.GeofenceCrossed, AlertKind.GeofenceDwelled, AlertKind.VisitVerified,
        AlertKind.VisitTooShort, AlertKind.VisitDoubted, AlertKind.Overspeed, AlertKind.MockSuspected, AlertKind.MockCleared,
        AlertKind.ShiftBegan, AlertKind.ShiftEnded,
    ];

    /// <summary>Whether late fixes correct alerts of a kind.</summary>
    public static bool IsCorrected(string kind) => FamilyOf(kind) is not null;

    /// <summary>The alerts to be appended, in the order of <see cref="Alert.At"/>.</summary>
    /// <param name="logged">All alerts of the kinds that are corrected that may concern the interval, corrections included.</param>
    /// <param name="derived">What the corrected history gives in the interval.</param>
    /// <param name="from">The interval's first <see cref="Alert.ConfirmedAt"/>.</param>
    /// <param name="until">Its last one.</param>
    public static List<Alert> Compare(IReadOnlyList<Alert> logged, IReadOnlyList<Alert> derived, Instant from, Instant until)
    {
        (List<Alert> standing, List<Alert> missing, List<Alert> retracted) = Differences(logged, derived, from, until);
        var corrections = new List<Alert>();
        Pair(standing, missing, corrections);
        Pair(retracted, missing, corrections);
        HashSet<string> known = [.. logged.Select(static a => a.Id)];
        foreach (Alert alert in missing) corrections.Add(ToldLate(alert, known));
        foreach (Alert alert in standing) corrections.Add(Withdrawn(alert));
        corrections.Sort(static (a, b) => a.At != b.At ? a.At.CompareTo(b.At) : a.Retracted != b.Retracted ? b.Retracted.CompareTo(a.Retracted) : string.CompareOrdinal(a.Id, b.Id));
        return corrections;
    }

    /// <summary>What stands in the log and is not derived, what is derived and does not stand there, and the retractions.</summary>
    public static (List<Alert> OnlyLogged, List<Alert> OnlyDerived, List<Alert> Retractions) Differences(
        IReadOnlyList<Alert> logged, IReadOnlyList<Alert> derived, Instant from, Instant until)
    {
        var superseded = new HashSet<string>(StringComparer.Ordinal);
        foreach (Alert alert in logged) superseded.UnionWith(alert.Supersedes ?? []);
        List<Alert> standing = [.. logged.Where(a => !superseded.Contains(a.Id) && a.ConfirmedAt >= from && a.ConfirmedAt <= until)];
        List<Alert> retracted = [.. standing.Where(static a => a.Retracted)];
        standing.RemoveAll(static a => a.Retracted);
        List<Alert> missing = [.. derived];
        missing.RemoveAll(d => RemoveFirst(standing, s => IsSame(s, d)));
        return (standing, missing, retracted);
    }

    // A verdict on a visit takes the place of another verdict on it.
    private static string? FamilyOf(string kind) => kind switch
    {
        AlertKind.GeofenceEntered or AlertKind.GeofenceExited or AlertKind.GeofenceCrossed or AlertKind.GeofenceDwelled or AlertKind.Overspeed => kind,
        AlertKind.VisitVerified or AlertKind.VisitTooShort or AlertKind.VisitDoubted => AlertKind.VisitVerified,
        _ => null,
    };

    private static bool IsSame(Alert a, Alert b) =>
        a.Kind == b.Kind && a.GeofenceId == b.GeofenceId && a.At == b.At && JsonElement.DeepEquals(a.Data, b.Data);

    private static bool RemoveFirst(List<Alert> alerts, Predicate<Alert> match)
    {
        int at = alerts.FindIndex(match);
        if (at >= 0) alerts.RemoveAt(at);
        return at >= 0;
    }

    // The nearest in time belong together.
    private static void Pair(List<Alert> standing, List<Alert> missing, List<Alert> corrections)
    {
        var pairs = new List<(long ApartMs, Alert Standing, Alert Missing)>();
        foreach (Alert a in standing)
        {
            foreach (Alert b in missing)
            {
                long apartMs = Math.Abs(a.At.EpochMs - b.At.EpochMs);
                if (FamilyOf(a.Kind) == FamilyOf(b.Kind) && a.GeofenceId == b.GeofenceId && apartMs <= (long)EffectiveAlerts.MostShift.TotalMilliseconds)
                    pairs.Add((apartMs, a, b));
            }
        }
        foreach ((_, Alert before, Alert now) in pairs.OrderBy(static p => p.ApartMs).ThenBy(static p => p.Missing.At).ThenBy(static p => p.Standing.At))
        {
            if (!standing.Contains(before) || !missing.Contains(now)) continue;
            standing.Remove(before);
            missing.Remove(now);
            corrections.Add(now with
            {
                Id = IdOf(now, "corrected", before.Id),
                Late = true,
                Supersedes = [before.Id],
                Text = new LocalText($"Corrected: {now.Text.En}", $"更正：{now.Text.Zh}"),
            });
        }
    }

    // The same event as live has the same id, unless that one was told before and is superseded now.
    private static Alert ToldLate(Alert alert, HashSet<string> known) => alert with
    {
        Id = known.Contains(alert.Id) ? IdOf(alert, "late", "") : alert.Id,
        Late = true,
        Text = new LocalText($"Reported late: {alert.Text.En}", $"补报：{alert.Text.Zh}"),
    };

    private static Alert Withdrawn(Alert alert) => alert with
    {
        Id = IdOf(alert, "retracted", alert.Id),
        Cursor = 0,
        Severity = "info",
        Late = true,
        Retracted = true,
        Supersedes = [alert.Id],
        Text = new LocalText($"Withdrawn: {alert.Text.En}", $"撤回：{alert.Text.Zh}"),
    };

    private static string IdOf(Alert alert, string what, string supersedes)
    {
        byte[] named = Encoding.UTF8.GetBytes($"{alert.Id}\n{what}\n{supersedes}\n{alert.Data.GetRawText()}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(named, hash);
        return Convert.ToHexStringLower(hash[..IdBytes]);
    }
}
