using System.Text;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Store.Tests;

/// <summary>What the alert log must do on every store; each store derives from it.</summary>
public abstract class AlertLogConformance : IAsyncLifetime
{
    private readonly List<AlertLog> _opened = [];

    protected FakeClock Clock { get; } = new();

    protected Metrics Metrics { get; } = new();

    protected static CancellationToken Deadline => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    /// <summary>Opens the log over the same data as before.</summary>
    protected abstract AlertLog OpenLog(AlertLogOptions options);

    protected AlertLog Open(AlertLogOptions? options = null)
    {
        AlertLog log = OpenLog(options ?? new AlertLogOptions());
        _opened.Add(log);
        return log;
    }

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (AlertLog log in _opened) await log.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static Alert Alert(int number, string kind = AlertKind.GeofenceEntered, string rep = "anna") => new()
    {
        Id = $"a{number}",
        Kind = kind,
        Severity = "info",
        RepId = rep,
        At = Some.Morning + TimeSpan.FromSeconds(number),
        ConfirmedAt = Some.Morning + TimeSpan.FromSeconds(number + 1),
        GeofenceId = "depot",
        Position = new AlertPosition(48.2, 16.37),
        Text = new LocalText("Anna entered the depot", "安娜进入仓库"),
        Data = JsonElement.Parse("""{"score":0.5}"""),
    };

    protected static async Task<string[]> IdsAsync(AlertLog log, long after, int limit = 1000, AlertFilter? filter = null) =>
        [.. (await log.ReadAsync(after, limit, filter ?? AlertFilter.All, Deadline)).Select(a => a.Id)];

    [Fact]
    public async Task Alerts_come_back_in_order_with_growing_cursors()
    {
        AlertLog log = Open();
        await log.AppendAsync([Alert(1), Alert(2)], Deadline);
        await log.AppendAsync([Alert(3)], Deadline);
        IReadOnlyList<Alert> read = await log.ReadAsync(0, 10, AlertFilter.All, Deadline);
        Assert.Equal(["a1", "a2", "a3"], read.Select(a => a.Id));
        Assert.Equal([1L, 2, 3], read.Select(a => a.Cursor));
        Assert.Equal(["a3"], await IdsAsync(log, 2));
        Assert.Equal((3, 0), (log.NewestCursor, log.OldestCursor));
    }

    [Fact]
    public async Task A_known_id_is_not_written_again_not_even_after_a_restart()
    {
        AlertLog first = Open();
        await first.AppendAsync([Alert(1), Alert(1), Alert(2)], Deadline);
        await first.DisposeAsync();
        AlertLog second = Open();
        await second.AppendAsync([Alert(2), Alert(3)], Deadline);
        Assert.Equal(["a1", "a2", "a3"], await IdsAsync(second, 0));
        Assert.Equal(3, second.NewestCursor);
    }

    [Fact]
    public async Task Memory_and_disk_give_the_same_bytes()
    {
        AlertLog first = Open();
        await first.AppendAsync([Alert(1), Alert(2) with { Data = default }], Deadline);
        AlertPage recent = await first.ReadPageAsync(0, 10, AlertFilter.All, Deadline);
        await first.DisposeAsync();
        AlertPage older = await Open().ReadPageAsync(0, 10, AlertFilter.All, Deadline);
        Assert.Equal(recent.Alerts.Select(a => Encoding.UTF8.GetString(a.Json.Span)), older.Alerts.Select(a => Encoding.UTF8.GetString(a.Json.Span)));
        JsonElement told = JsonSerializer.SerializeToElement(older.Alerts[0].Alert, ContractsJsonContext.Default.Alert);
        Assert.True(JsonElement.DeepEquals(told, JsonElement.Parse(older.Alerts[0].Json.Span)));
        Assert.Contains("安娜进入仓库", Encoding.UTF8.GetString(older.Alerts[0].Json.Span), StringComparison.Ordinal);
        Assert.Equal(2, older.Next);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(5)]
    public async Task Filters_mean_the_same_in_memory_and_on_disk(int maxRecent)
    {
        AlertLog log = Open(new AlertLogOptions { MaxRecent = maxRecent });
        await log.AppendAsync([.. Enumerable.Range(1, 40).Select(i => Alert(i, i % 2 == 0 ? AlertKind.Sos : AlertKind.SignalLost, i % 3 == 0 ? "bert" : "anna"))], Deadline);
        Assert.Equal(["a6", "a12"], await IdsAsync(log, 0, 2, new AlertFilter { Kinds = [AlertKind.Sos, AlertKind.MockSuspected], RepId = "bert" }));
        var span = new AlertFilter { From = Some.Morning + TimeSpan.FromSeconds(10), To = Some.Morning + TimeSpan.FromSeconds(13) };
        Assert.Equal(["a10", "a11", "a12"], await IdsAsync(log, 0, 100, span));
        Assert.Equal(["a39", "a40"], await IdsAsync(log, 38));
        AlertPage none = await log.ReadPageAsync(0, 10, new AlertFilter { RepId = "nobody" }, Deadline);
        Assert.Equal((0, 40), (none.Alerts.Count, none.Next));
    }

    [Fact]
    public async Task Waiters_are_woken_by_the_next_alert()
    {
        AlertLog log = Open();
        Task[] waiting = [.. Enumerable.Range(0, 50).Select(_ => log.WaitAsync(0, Deadline).AsTask())];
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        await log.AppendAsync([Alert(1)], Deadline);
        await Task.WhenAll(waiting);
        await log.WaitAsync(0, Deadline);
    }

    [Fact]
    public async Task Old_alerts_are_swept_and_their_cursors_stay_used()
    {
        AlertLog log = Open(new AlertLogOptions { Retention = TimeSpan.FromDays(10), MaxRecent = 1 });
        await log.AppendAsync([.. Enumerable.Range(1, 5000).Select(i => Alert(i))], Deadline);
        Clock.Advance(TimeSpan.FromDays(9));
        await log.AppendAsync([Alert(5001)], Deadline);
        Clock.Advance(TimeSpan.FromDays(2));
        for (int i = 0; log.OldestCursor < 5000 && i < 400; i++) await Task.Delay(25, Deadline);
        Assert.Equal(5000, log.OldestCursor);
        Assert.Equal(["a5001"], await IdsAsync(log, 0));
    }

    [Fact]
    public async Task Many_writers_at_once_lose_nothing()
    {
        AlertLog log = Open();
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (i, cancel) => await log.AppendAsync([Alert(i * 2), Alert((i * 2) + 1)], cancel));
        Assert.Equal(Enumerable.Range(0, 400).Select(i => $"a{i}").Order(), (await IdsAsync(log, 0)).Order());
    }
}

/// <summary>The embedded alert log.</summary>
public sealed class SqliteAlertLogTests : AlertLogConformance
{
    private readonly TempFolder _folder = new();

    protected override AlertLog OpenLog(AlertLogOptions options) => AlertLog.Open(_folder["alerts.db"], options, Metrics, Clock);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
