using System.Globalization;

namespace Tracking.Judgement;

/// <summary>Sums up figures and writes them as Markdown.</summary>
internal static class Figures
{
    public static double Quantile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    public static string Percent(double share) => double.IsNaN(share) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    public static string Number(double value, string format = "0") => double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);

    public static string Table(string[] head, IEnumerable<string[]> rows) =>
        string.Join('\n', [Row(head), Row([.. head.Select(static _ => "---")]), .. rows.Select(Row)]) + "\n";

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |";
}

/// <summary>Which seeds the rules may be tuned with.</summary>
internal enum Half
{
    Tuning,
    HeldBack,
}
