using System.Runtime.CompilerServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// A sketch of where a rep moved in the last days: one byte each of positions sampled by their hash, in order, so that the
/// same position is sampled again when a recording is played. Honest receivers never give the same position to 1 cm twice
/// in the same order; five that follow each other closely are chance once in 250 million.
/// </summary>
internal struct RouteSketch
{
    public const int Size = 192;

    /// <summary>How far an entry that matches may lie behind the one before: the sampling may have changed since, and what is played quickly leaves entries out.</summary>
    private const int Reach = 6, Near = 2;

    /// <summary>What a match counts behind the one before, near to it and farther, and what is left at the most when one is missing.</summary>
    private const int NearScore = 4, FarScore = 3, MissedScore = 5;

    /// <summary>Positions that are only counted, to learn how often the device reports on the way.</summary>
    private const int Learning = 8;

    private const int MaxLevel = 12;

    /// <summary>Seconds on the way that it is to hold, until it is known how many a day has.</summary>
    private const double WayS = 6 * 3600;

    private static readonly TimeSpan Span = TimeSpan.FromHours(26);

    private Ring _ring;
    private byte _next;
    private bool _isFull;
    private byte _level;
    private byte _at;
    private byte _score;
    private byte _seen;
    private float _seenS;
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
    /// <returns>How well the newest entries follow an earlier part of the way, 4 for each that does so closely; 0: it is not sampled or does not match.</returns>
    public int Add(GeoPoint position, Instant at, double elapsedS)
    {
        if (_seen < Learning)
        {
            (_seen, _seenS) = ((byte)(_seen + 1), _seenS + (float)elapsedS);
            if (_seen == Learning) _level = (byte)Math.Clamp(Math.Round(Math.Log2(WayS / Size / Math.Max(_seenS / Learning, 1))), 0, MaxLevel);
            return 0;
        }
        uint hash = Hash(position);
        if ((hash & ((1u << _level) - 1)) != 0) return 0;
        var print = (byte)(hash >> 16);
        int matched = Match(print);
        if (_next == 0) Turn(at);
        _ring[_next] = print;
        _next = (byte)((_next + 1) % Size);
        _isFull |= _next == 0;
        return matched;
    }

    // The ring has gone round once: when that was too quick for a day, only every other position is sampled from now on.
    private void Turn(Instant at)
    {
        if (_isFull && at - _turnedAt < Span && _level < MaxLevel) _level++;
        else if (_isFull && at - _turnedAt > 4 * Span && _level > 0) _level--;
        _turnedAt = at;
    }

    // One more than the score, so that 0 stands for no match at all.
    private int Match(byte print)
    {
        if (_score > 0)
        {
            for (int step = 1; step <= Reach; step++)
            {
                int index = (_at + step) % Size;
                if (index == _next || !IsUsed(index)) break;
                if (_ring[index] != print) continue;
                _at = (byte)index;
                _score = (byte)Math.Min(byte.MaxValue, _score + (step <= Near ? NearScore : FarScore));
                return _score - 1;
            }
            // One that a bad fix has replaced does not end the story.
            _score = (byte)(Math.Min((int)_score, MissedScore) - 1);
            if (_score > 1 && !StartsPair(print)) return 0;
            if (_score > 1) return _score - 1;
        }
        if (StartsPair(print)) return _score - 1;
        _score = 0;
        for (int i = 0; i < Size && _score == 0; i++)
            if (IsUsed(i) && _ring[i] == print) (_at, _score) = ((byte)i, 1);
        return 0;
    }

    // Whether the newest two entries lie anywhere as they do now, so that a match by chance does not hide the true one.
    private bool StartsPair(byte print)
    {
        int newest = (_next + Size - 1) % Size;
        if (!IsUsed(newest)) return false;
        for (int i = 0; i < Size; i++)
        {
            if (!IsUsed(i) || _ring[i] != print) continue;
            for (int step = 1; step <= Reach; step++)
            {
                int index = (i + Size - step) % Size;
                if (index == newest || !IsUsed(index)) break;
                if (_ring[index] != _ring[newest]) continue;
                (_at, _score) = ((byte)i, (byte)(1 + (step <= Near ? NearScore : FarScore)));
                return true;
            }
        }
        return false;
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
        writer.Byte(_seen);
        writer.Float(_seenS);
        writer.Byte(_level);
        int used = _isFull ? Size : _next;
        if (used == 0) return;
        writer.UInt(_at);
        writer.Byte(_score);
        writer.Time(_turnedAt);
        for (int i = 0; i < used; i++) writer.Byte(_ring[i]);
    }

    public void Load(ref SnapshotReader reader)
    {
        _next = (byte)reader.Count(Size - 1);
        _isFull = reader.Bool();
        _seen = (byte)reader.Count(Learning);
        _seenS = reader.Float();
        _level = (byte)reader.Count(MaxLevel);
        int used = _isFull ? Size : _next;
        if (used == 0) return;
        _at = (byte)reader.Count(Size - 1);
        _score = reader.Byte();
        _turnedAt = reader.Time();
        for (int i = 0; i < used; i++) _ring[i] = reader.Byte();
    }
}
