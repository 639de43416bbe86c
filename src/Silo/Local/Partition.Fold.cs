using System.Buffers;

namespace Tracking.Silo.Local;

/// <content>Trackers of reps that are quiet are folded into the bytes that restore them, and unfolded by the next fix or tick.</content>
internal sealed partial class Partition
{
    private const long QuietMs = 180_000;
    private const int FoldStep = 512;

    private readonly List<RepCell> _unfolded = [];
    private readonly ArrayBufferWriter<byte> _folding = new(4 << 10);
    private int _nextToFold;
    private long _tickedAtMs;

    private void Unfold(RepCell cell)
    {
        if (cell.Folded is null) return;
        _turn.Unfold(cell);
        cell.ChangedAtMs = _tickedAtMs;
        _unfolded.Add(cell);
    }

    // A few with every tick, round and round.
    private void FoldSome()
    {
        for (int looked = Math.Min(FoldStep, _unfolded.Count); looked > 0; looked--)
        {
            if (_nextToFold >= _unfolded.Count) _nextToFold = 0;
            RepCell cell = _unfolded[_nextToFold];
            if (_tickedAtMs - cell.ChangedAtMs < QuietMs)
            {
                _nextToFold++;
                continue;
            }
            _folding.ResetWrittenCount();
            RepTurn.Save(cell, _folding);
            cell.Fold(_folding.WrittenSpan.ToArray());
            _unfolded[_nextToFold] = _unfolded[^1];
            _unfolded.RemoveAt(_unfolded.Count - 1);
        }
    }
}
