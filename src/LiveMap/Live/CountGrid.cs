using System.Runtime.InteropServices;
using Tracking.Contracts;
using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Live;

/// <summary>Counts of the reps of one class of viewers, by map cells of one zoom, each binned 8 × 8. Guarded by the feed's lock.</summary>
internal sealed class CountGrid(ViewerClass viewers, int z)
{
    private const int BinBits = 3;
    private readonly Dictionary<MapCell, Sum> _sums = [];
    private readonly Dictionary<MapCell, FrameBlock> _blocks = [];
    private readonly HashSet<MapCell> _changed = [];

    /// <summary>Whose counts.</summary>
    public ViewerClass Viewers => viewers;

    /// <summary>The zoom of the map cells.</summary>
    public int Z => z;

    /// <summary>How many watch it; at 0 it is dropped.</summary>
    public int Count { get; set; }

    /// <summary>When it was counted last; 0: never.</summary>
    public long Tick { get; set; }

    /// <summary>The block of a cell; null: nobody is there and nobody was.</summary>
    public FrameBlock? BlockOf(MapCell cell) => _blocks.GetValueOrDefault(cell);

    /// <summary>Whether the last count changed a cell.</summary>
    public bool HasChanged(MapCell cell) => _changed.Contains(cell);

    /// <summary>Counts anew.</summary>
    public void Recount(ReadOnlySpan<Row> rows)
    {
        _sums.Clear();
        foreach (ref readonly Row row in rows)
        {
            if (row.Key < 0 || !viewers.Sees(row.Key)) continue;
            MapCell bin = MapCell.Of(row.LatitudeE7, row.LongitudeE7).At(z + BinBits);
            ref Sum sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, bin, out _);
            sum.Add(row);
        }
        Encode();
    }

    private void Encode()
    {
        _changed.Clear();
        Dictionary<MapCell, List<CountBin>> cells = [];
        foreach ((MapCell bin, Sum sum) in _sums)
        {
            ref List<CountBin>? bins = ref CollectionsMarshal.GetValueRefOrAddDefault(cells, bin.At(z), out _);
            (bins ??= []).Add(sum.ToBin());
        }
        foreach (MapCell cell in _blocks.Keys) cells.TryAdd(cell, []);
        foreach ((MapCell cell, List<CountBin> bins) in cells)
        {
            var block = FrameBlock.OfCounts(z, cell.X, cell.Y, CollectionsMarshal.AsSpan(bins));
            if (_blocks.TryGetValue(cell, out FrameBlock? before) && before.Bytes.AsSpan().SequenceEqual(block.Bytes)) continue;
            _blocks[cell] = block;
            _changed.Add(cell);
        }
    }

    private struct Sum
    {
        private long _latitudeE7, _longitudeE7;
        private int _live, _stale, _lost, _offDuty;

        public void Add(in Row row)
        {
            _latitudeE7 += row.LatitudeE7;
            _longitudeE7 += row.LongitudeE7;
            switch (row.Status)
            {
                case SignalStatus.Live: _live++; break;
                case SignalStatus.Stale: _stale++; break;
                case SignalStatus.Lost: _lost++; break;
                default: _offDuty++; break;
            }
        }

        public readonly CountBin ToBin()
        {
            int count = _live + _stale + _lost + _offDuty;
            return new((int)(_latitudeE7 / count), (int)(_longitudeE7 / count), _live, _stale, _lost, _offDuty);
        }
    }
}
