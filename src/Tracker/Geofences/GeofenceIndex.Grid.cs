using Tracking.Contracts;

namespace Tracking.Tracker;

public sealed partial class GeofenceIndex
{
    // 360 / 2^18 degree: cells of 153 m, 102 m wide in Vienna.
    private const int FinestLevel = 18;
    private const int CoarsestLevel = 2;
    private const int LevelStep = 2;
    private const double MostCells = 16;
    private const double BitsPerDeg = 4294967296.0 / 360;

    // Far more than what rounding moves, far less than a cell.
    private const double SlackDeg = 1e-9;

    /// <summary>The finest cell of a point; see <see cref="Gather"/>.</summary>
    internal static ulong CellOf(GeoPoint point) => KeyOf(
        FinestLevel, RowBits(point.LatitudeDeg) >> (32 - FinestLevel), ColumnBits(point.LongitudeDeg) >> (32 - FinestLevel));

    // The first bit keeps the key from being 0.
    private static ulong KeyOf(int level, uint row, uint column) =>
        1ul << 63 | (ulong)level << 56 | (ulong)row << 28 | column;

    private static uint RowBits(double latitudeDeg) => (uint)((latitudeDeg + 90) * BitsPerDeg);

    // 180 degrees east is 180 degrees west: the sum overflows into 0.
    private static uint ColumnBits(double longitudeDeg) => (uint)(ulong)((longitudeDeg + 180) * BitsPerDeg);

    private static double CellDeg(int level) => 360.0 / (1L << level);

    private static int LevelOf(FenceBox box)
    {
        double span = Math.Max(box.North - box.South, box.East - box.West);
        int level = FinestLevel;
        while (level > CoarsestLevel && span > MostCells * CellDeg(level)) level -= LevelStep;
        return level;
    }

    private void Rasterise(PreparedFence fence, int slot, int level, bool add)
    {
        FenceBox box = fence.Box;
        double size = CellDeg(level);
        long south = Math.Max(0, (long)Math.Floor((box.South + 90 - SlackDeg) / size));
        long north = Math.Min(1L << (level - 1), (long)Math.Floor((box.North + 90 + SlackDeg) / size));
        long west = (long)Math.Floor((box.West + 180 - SlackDeg) / size);
        long east = Math.Min((long)Math.Floor((box.East + 180 + SlackDeg) / size), west + (1L << level) - 1);
        for (long row = south; row <= north; row++)
        {
            for (long column = west; column <= east; column++)
            {
                CellCover cover = fence.Cover(row * size - 90, column * size - 180, size);
                if (cover == CellCover.None) continue;
                bool partial = cover == CellCover.Partial;
                ulong key = KeyOf(level, (uint)row, (uint)(column & ((1L << level) - 1)));
                int item = slot << 1 | (partial ? 0 : 1);
                if (add) _cells.Add(key, item, partial);
                else _cells.Remove(key, item, partial);
            }
        }
    }

    /// <summary>The cells that a straight way runs through, row by row.</summary>
    private ref struct CellWalk
    {
        private readonly double _size;
        private readonly double _x;
        private readonly double _y;
        private readonly double _xPerY;
        private readonly double _low;
        private readonly double _high;
        private readonly long _lastRow;
        private readonly long _mask;
        private long _row;
        private long _column;
        private long _lastColumn;

        public CellWalk(GeoPoint a, GeoPoint b, int level)
        {
            if (a.LatitudeDeg > b.LatitudeDeg) (a, b) = (b, a);
            _size = CellDeg(level);
            _mask = (1L << level) - 1;
            (_x, _y) = (a.LongitudeDeg + 180, a.LatitudeDeg + 90);
            double dx = Wgs84.WrapDeg(b.LongitudeDeg - a.LongitudeDeg), dy = b.LatitudeDeg - a.LatitudeDeg;
            // A way along a parallel has no slope: all of its length belongs to each row that it touches.
            _xPerY = dy > 1e-12 ? dx / dy : double.NaN;
            (_low, _high) = (Math.Min(_x, _x + dx), Math.Max(_x, _x + dx));
            _row = (long)Math.Floor((_y - SlackDeg) / _size);
            _lastRow = (long)Math.Floor((_y + dy + SlackDeg) / _size);
            OpenRow();
        }

        public bool Next(out uint row, out uint column)
        {
            if (_column > _lastColumn && _row < _lastRow)
            {
                _row++;
                OpenRow();
            }
            row = (uint)_row;
            column = (uint)(_column++ & _mask);
            return _column - 1 <= _lastColumn;
        }

        private void OpenRow()
        {
            double low = _low, high = _high;
            if (!double.IsNaN(_xPerY))
            {
                double bottom = _x + (_row * _size - _y) * _xPerY, top = _x + ((_row + 1) * _size - _y) * _xPerY;
                low = Math.Max(low, Math.Min(bottom, top));
                high = Math.Min(high, Math.Max(bottom, top));
            }
            double slack = SlackDeg * (1 + (double.IsNaN(_xPerY) ? 0 : Math.Abs(_xPerY)));
            _column = (long)Math.Floor((low - slack) / _size);
            _lastColumn = Math.Max(_column, (long)Math.Floor((high + slack) / _size));
            _lastColumn = Math.Min(_lastColumn, _column + _mask);
        }
    }
}
