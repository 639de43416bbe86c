using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Tracking.Contracts;

/// <summary>The program's counters, gauges and histograms, written as Prometheus text. Creating is idempotent: same name and labels, same object.</summary>
public sealed class Metrics
{
    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>A number that only grows.</summary>
    /// <param name="name">Snake case, ends with <c>_total</c>.</param>
    /// <param name="help">One line.</param>
    /// <param name="labels">Names and values.</param>
    public Counter Counter(string name, string help, params ReadOnlySpan<(string Name, string Value)> labels) =>
        (Counter)FamilyOf(name, help, "counter").Series.GetOrAdd(LabelText(labels), static _ => new Counter());

    /// <summary>A number that is read when asked for.</summary>
    public void Gauge(string name, string help, Func<double> read, params ReadOnlySpan<(string Name, string Value)> labels) =>
        FamilyOf(name, help, "gauge").Series[LabelText(labels)] = new Gauge(read);

    /// <summary>Ends the series of a gauge whose subject is gone.</summary>
    public void RemoveGauge(string name, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (_families.TryGetValue(name, out Family? family)) family.Series.TryRemove(LabelText(labels), out _);
    }

    /// <summary>A distribution of seconds.</summary>
    public Histogram Histogram(string name, string help, params ReadOnlySpan<(string Name, string Value)> labels) =>
        (Histogram)FamilyOf(name, help, "histogram").Series.GetOrAdd(LabelText(labels), static _ => new Histogram());

    /// <summary>Writes every series in the Prometheus text format, version 0.0.4.</summary>
    public void WriteTo(StringBuilder text)
    {
        foreach ((string name, Family family) in _families.OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            text.Append("# HELP ").Append(name).Append(' ').Append(family.Help).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n');
            foreach ((string labels, IMetricSeries series) in family.Series.OrderBy(static s => s.Key, StringComparer.Ordinal))
                series.WriteTo(text, name, labels);
        }
    }

    private Family FamilyOf(string name, string help, string type) =>
        _families.GetOrAdd(name, static (_, made) => new Family(made.help, made.type), (help, type));

    private static string LabelText(ReadOnlySpan<(string Name, string Value)> labels)
    {
        var text = new StringBuilder();
        foreach ((string name, string value) in labels)
        {
            string escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"").Append(escaped).Append('"');
        }
        return text.ToString();
    }

    private sealed record Family(string Help, string Type)
    {
        public ConcurrentDictionary<string, IMetricSeries> Series { get; } = new(StringComparer.Ordinal);
    }

    internal static void WriteLine(StringBuilder text, string name, string labels, string extraLabel, double value)
    {
        text.Append(name);
        if (labels.Length + extraLabel.Length > 0)
            text.Append('{').Append(labels).Append(labels.Length > 0 && extraLabel.Length > 0 ? "," : "").Append(extraLabel).Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}

/// <summary>One series of a metric.</summary>
public interface IMetricSeries
{
    /// <summary>Appends its lines.</summary>
    void WriteTo(StringBuilder text, string name, string labels);
}

/// <summary>A number that only grows; safe from many threads.</summary>
public sealed class Counter : IMetricSeries
{
    private long _value;

    /// <summary>What has been counted.</summary>
    public long Value => Volatile.Read(ref _value);

    /// <summary>Counts.</summary>
    public void Add(long count = 1) => Interlocked.Add(ref _value, count);

    /// <inheritdoc/>
    public void WriteTo(StringBuilder text, string name, string labels) => Metrics.WriteLine(text, name, labels, "", Value);
}

internal sealed class Gauge(Func<double> read) : IMetricSeries
{
    public void WriteTo(StringBuilder text, string name, string labels) => Metrics.WriteLine(text, name, labels, "", read());
}

/// <summary>Counts durations in buckets from 100 µs to 100 s; safe from many threads, allocates nothing.</summary>
public sealed class Histogram : IMetricSeries
{
    private static readonly double[] BoundsS =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 100];

    private readonly long[] _counts = new long[BoundsS.Length + 1];
    private long _sumUs;

    /// <summary>Counts one duration, or <paramref name="count"/> equal ones.</summary>
    public void Observe(TimeSpan duration, long count = 1)
    {
        double seconds = Math.Max(0, duration.TotalSeconds);
        int bucket = 0;
        while (bucket < BoundsS.Length && seconds > BoundsS[bucket]) bucket++;
        Interlocked.Add(ref _counts[bucket], count);
        Interlocked.Add(ref _sumUs, (long)(seconds * 1e6) * count);
    }

    /// <inheritdoc/>
    public void WriteTo(StringBuilder text, string name, string labels)
    {
        long total = 0;
        for (int bucket = 0; bucket <= BoundsS.Length; bucket++)
        {
            total += Volatile.Read(ref _counts[bucket]);
            string bound = bucket == BoundsS.Length ? "+Inf" : BoundsS[bucket].ToString(CultureInfo.InvariantCulture);
            Metrics.WriteLine(text, name + "_bucket", labels, $"le=\"{bound}\"", total);
        }
        Metrics.WriteLine(text, name + "_sum", labels, "", Volatile.Read(ref _sumUs) / 1e6);
        Metrics.WriteLine(text, name + "_count", labels, "", total);
    }
}
