using System.Runtime.CompilerServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// A sketch of where a rep moved in the last days: one byte each of positions sampled by their hash, in order, so that the
/// same position is sampled again when a recording is played. Honest receivers never give the same position to 1 cm twice
/// in the same order; five that follow each other are chance once in 500 million.
/// </summary>
internal struct RouteSketch
{
    public const int Size = 192;

    /// <summary>How many entries may lie between two that match: the sampling may have changed since.</summary>
    private const int Reach = 2;

    private const int MaxLevel = 12;

    /// <summary>Seconds on the way that it is to hold, until it is known how many a day has.</summary>
    private const double WayS = 6 * 3600;

    private static readonly TimeSpan Span = TimeSpan.FromHours(26);

    private Ring _ring;
    private byte _next;
    private bool _isFull;
    private byte _level;
    private byte _at;
    private byte _matches;
    private Instant _turnedAt;

    [InlineArray(Size)]
    private struct Ring
    {
        private byte _first;
    }

    /// <summary>Takes a position of the way.</summary>
    /// <param name="position">Where.</param>
    /// <param name="at">When.</param>
    /// <param name="elapsedS">Seconds since the fix before.</param>
    /// <returns>How many in a row matched an earlier part of the way, this one included; 0: it is not sampled or does not match.</returns>
    public int Add(GeoPoint position, Instant at, double elapsedS)
    {
        uint hash = Hash(position);
        if ((hash & ((1u << _level) - 1)) != 0) return 0;
        var print = (byte)(hash >> 16);
        int matched = Match(print);
        if (_next == 0) Turn(at, elapsedS);
        _ring[_next] = print;
        _next = (byte)((_next + 1) % Size);
        _isFull |= _next == 0;
        return matched;
    }

    // The ring has gone round once: when that was too quick for a day, only every other position is sampled from now on.
    private void Turn(Instant at, double elapsedS)
    {
        if (!_isFull) _level = (byte)Math.Clamp(Math.Ceiling(Math.Log2(WayS / Size / Math.Max(elapsedS, 1))), 0, MaxLevel);
        else if (at - _turnedAt < Span && _level < MaxLevel) _level++;
        else if (at - _turnedAt > 4 * Span && _level > 0) _level--;
        _turnedAt = at;
    }

    private int Match(byte print)
    {
        if (_matches > 0)
        {
            for (int step = 1; step <= Reach; step++)
            {
                int index = (_at + step) % Size;
                if (index == _next || !IsUsed(index)) break;
                if (_ring[index] != print) continue;
                _at = (byte)index;
                return _matches < byte.MaxValue ? ++_matches : _matches;
            }
        }
        _matches = 0;
        for (int i = 0; i < Size; i++)
        {
            if (!IsUsed(i) || _ring[i] != print) continue;
            (_at, _matches) = ((byte)i, 1);
            break;
        }
        return _matches;
    }

    private readonly bool IsUsed(int index) => _isFull || index < _next;

    private static uint Hash(GeoPoint position)
    {
        ulong key = ((ulong)(uint)position.LatitudeE7 << 32) | (uint)position.LongitudeE7;
        key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9;
        key = (key ^ (key >> 27)) * 0x94D049BB133111EB;
        return (uint)(key >> 32);
    }

    public readonly void Save(SnapshotWriter writer)
    {
        writer.UInt(_next);
        writer.Byte((byte)(_isFull ? 1 : 0));
        int used = _isFull ? Size : _next;
        if (used == 0) return;
        writer.Byte(_level);
        writer.UInt(_at);
        writer.Byte(_matches);
        writer.Time(_turnedAt);
        for (int i = 0; i < used; i++) writer.Byte(_ring[i]);
    }

    public void Load(ref SnapshotReader reader)
    {
        _next = (byte)reader.Count(Size - 1);
        _isFull = reader.Bool();
        int used = _isFull ? Size : _next;
        if (used == 0) return;
        _level = (byte)reader.Count(MaxLevel);
        _at = (byte)reader.Count(Size - 1);
        _matches = reader.Byte();
        _turnedAt = reader.Time();
        for (int i = 0; i < used; i++) _ring[i] = reader.Byte();
    }
}
