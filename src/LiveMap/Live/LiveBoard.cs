using Tracking.Contracts;

namespace Tracking.LiveMap.Live;

/// <summary>
/// The newest state of every rep on this node, and which have changed since the last tick. Publishing takes one of a few
/// locks for some nanoseconds and allocates only when a rep is seen for the first time.
/// </summary>
public sealed class LiveBoard : ILiveSink
{
    private const int StripeCount = 64;
    private const int PageSize = 1024;
    private const byte ForFeed = 1, ForRelay = 2;
    private readonly Stripe[] _stripes = new Stripe[StripeCount];
    private volatile Slot[]?[] _pages = new Slot[]?[16];
    private readonly Lock _growing = new();
    private int _highestKey = -1;
    private byte _followers = ForFeed;

    /// <summary>An empty board.</summary>
    public LiveBoard(Metrics metrics)
    {
        for (int i = 0; i < StripeCount; i++) _stripes[i] = new();
        foreach (SignalStatus status in Enum.GetValues<SignalStatus>())
        {
            metrics.Gauge("tracking_reps", "Reps by what is heard of them.", () => CountOf(status),
                ("status", System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(status.ToString())));
        }
    }

    /// <summary>One more than the highest key that has been published.</summary>
    public int KeyCount => Volatile.Read(ref _highestKey) + 1;

    /// <summary>Whether a relay takes changes to other nodes too; set before anything is published.</summary>
    internal bool IsRelayed
    {
        get => _followers != ForFeed;
        set => _followers = (byte)(value ? ForFeed | ForRelay : ForFeed);
    }

    /// <inheritdoc/>
    public void Publish(in RepLive live) => Put(live, _followers);

    /// <summary>Takes in what another node has published; it is not relayed again.</summary>
    internal void PublishForeign(in RepLive live) => Put(live, ForFeed);

    private void Put(in RepLive live, byte followers)
    {
        int key = live.RepKey;
        if (key < 0) return;
        Slot[] page = PageOf(key);
        Stripe stripe = _stripes[key & (StripeCount - 1)];
        lock (stripe.Lock)
        {
            ref Slot slot = ref page[key % PageSize];
            slot.Live = live;
            slot.IsKnown = true;
            int untold = followers & ~slot.ChangedFor;
            if (untold == 0) return;
            slot.ChangedFor |= (byte)untold;
            if ((untold & ForFeed) != 0) stripe.Changed.Add(key);
            if ((untold & ForRelay) != 0) stripe.ChangedForRelay.Add(key);
        }
    }

    /// <summary>Forgets a rep; true: it was known.</summary>
    internal bool Forget(int key)
    {
        if (!TryRead(key, out _)) return false;
        lock (_stripes[key & (StripeCount - 1)].Lock) _pages[key / PageSize]![key % PageSize] = default;
        return true;
    }

    /// <summary>Reads a rep's newest state; false when nothing has been published.</summary>
    public bool TryRead(int key, out RepLive live)
    {
        live = default;
        Slot[]?[] pages = _pages;
        if (key < 0 || key / PageSize >= pages.Length || pages[key / PageSize] is not { } page) return false;
        lock (_stripes[key & (StripeCount - 1)].Lock)
        {
            ref Slot slot = ref page[key % PageSize];
            live = slot.Live;
            return slot.IsKnown;
        }
    }

    /// <summary>Takes the keys that have changed since the last call, each once. For one caller: the tick.</summary>
    internal void TakeChanged(List<int> keys)
    {
        foreach (Stripe stripe in _stripes) Take(stripe, stripe.Changed, ForFeed, keys);
    }

    /// <summary>The same for the relay, of what was published on this node.</summary>
    internal void TakeChangedForRelay(List<int> keys)
    {
        foreach (Stripe stripe in _stripes) Take(stripe, stripe.ChangedForRelay, ForRelay, keys);
    }

    private void Take(Stripe stripe, List<int> changed, byte follower, List<int> keys)
    {
        lock (stripe.Lock)
        {
            foreach (int key in changed)
            {
                _pages[key / PageSize]![key % PageSize].ChangedFor &= (byte)~follower;
                keys.Add(key);
            }
            changed.Clear();
        }
    }

    private double CountOf(SignalStatus status)
    {
        int count = 0;
        for (int key = 0; key < KeyCount; key++)
            if (TryRead(key, out RepLive live) && live.Status == status) count++;
        return count;
    }

    private Slot[] PageOf(int key)
    {
        int index = key / PageSize;
        Slot[]?[] pages = _pages;
        if (index < pages.Length && pages[index] is { } page && key <= Volatile.Read(ref _highestKey)) return page;
        lock (_growing)
        {
            pages = _pages;
            if (index >= pages.Length)
            {
                Array.Resize(ref pages, Math.Max(index + 1, pages.Length * 2));
                _pages = pages;
            }
            if (key > _highestKey) Volatile.Write(ref _highestKey, key);
            return pages[index] ??= new Slot[PageSize];
        }
    }

    private sealed class Stripe
    {
        public Lock Lock { get; } = new();

        public List<int> Changed { get; } = [];

        public List<int> ChangedForRelay { get; } = [];
    }

    private struct Slot
    {
        public RepLive Live;
        public bool IsKnown;
        public byte ChangedFor;
    }
}
