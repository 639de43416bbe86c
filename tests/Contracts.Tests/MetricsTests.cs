using System.Text;

namespace Tracking.Contracts.Tests;

public sealed class MetricsTests
{
    [Fact]
    public void Every_series_is_written_as_prometheus_text()
    {
        var metrics = new Metrics();
        metrics.Counter("fixes_total", "Fixes.", ("protocol", "osm\"and"), ("outcome", "accepted")).Add(3);
        metrics.Gauge("lag_records", "Lag.", () => 1.5);
        metrics.Histogram("commit_seconds", "Commits.").Observe(TimeSpan.FromMilliseconds(3), count: 2);

        var text = new StringBuilder();
        metrics.WriteTo(text);
        string[] lines = text.ToString().Split('\n');

        Assert.Contains("fixes_total{protocol=\"osm\\\"and\",outcome=\"accepted\"} 3", lines);
        Assert.Contains("lag_records 1.5", lines);
        Assert.Contains("commit_seconds_bucket{le=\"0.0025\"} 0", lines);
        Assert.Contains("commit_seconds_bucket{le=\"0.005\"} 2", lines);
        Assert.Contains("commit_seconds_bucket{le=\"+Inf\"} 2", lines);
        Assert.Contains("commit_seconds_count 2", lines);
        Assert.Contains("commit_seconds_sum 0.006", lines);
    }

    [Fact]
    public void The_same_name_and_labels_give_the_same_counter()
    {
        var metrics = new Metrics();
        metrics.Counter("a_total", "A.", ("k", "v")).Add();
        metrics.Counter("a_total", "A.", ("k", "v")).Add();
        Assert.Equal(2, metrics.Counter("a_total", "A.", ("k", "v")).Value);
    }
}
