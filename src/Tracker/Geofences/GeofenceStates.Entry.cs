using System.Runtime.CompilerServices;
using Tracking.Contracts;

namespace Tracking.Tracker;

public sealed partial class GeofenceStates
{
    private enum Phase : byte
    {
        /// <summary>Outside, but remembered: it was left or nearly entered a short while ago.</summary>
        Outside,
        /// <summary>In the shape, not yet proven.</summary>
        Entering,
        /// <summary>Entered.</summary>
        Inside,
        /// <summary>Entered and out of the shape, not yet proven.</summary>
        Leaving,
        /// <summary>In the shape while its schedule is closed.</summary>
        Closed,
        /// <summary>In the shape, but it does not concern the rep.</summary>
        Ignored,
        /// <summary>To be dropped.</summary>
        Gone,
    }

    /// <summary>What is known about one fence.</summary>
    private struct Entry(int key)
    {
        public readonly int Key = key;
        public Phase Phase;

        /// <summary>How often a pending change was taken back, or the rep came back, a short while ago: noise is larger than claimed.</summary>
        public byte Doubt;

        /// <summary>How often the rep came back a short while after it had left.</summary>
        public byte Returns;

        /// <summary>Consecutive fixes that speak for the pending change.</summary>
        public byte Support;

        public bool Dwelled;

        /// <summary>The rep was inside and left a short while ago.</summary>
        public bool Left;

        /// <summary>Sum of half the squared distances in units of their error.</summary>
        public float Score;

        /// <summary>When and where the boundary was crossed, while a change is pending.</summary>
        public Instant PendingAt;
        public GeoPoint PendingPosition;

        /// <summary>The first fix in support.</summary>
        public Instant SupportedSince;

        public Instant EnteredAt;
        public Instant DoubtUntil = Instant.Min;
        public Instant DwellAt = Instant.Max;

        /// <summary>When silence confirms the pending change.</summary>
        public Instant ConfirmAt = Instant.Max;

        /// <summary>When to ask the schedule again.</summary>
        public Instant SwitchAt = Instant.Max;

        public readonly bool IsInside => Phase is Phase.Inside or Phase.Leaving;

        /// <summary>When time alone has something to say.</summary>
        public readonly Instant DueAt => Phase switch
        {
            Phase.Inside => Earlier(DwellAt, SwitchAt),
            Phase.Entering or Phase.Leaving => Earlier(ConfirmAt, SwitchAt),
            Phase.Closed => SwitchAt,
            _ => Instant.Max,
        };
    }

    [InlineArray(MostNear)]
    private struct NearItems
    {
        private int _first;
    }

    /// <summary>One fix and what belongs to it.</summary>
    private readonly ref struct Turn
    {
        private readonly ref readonly Fix _previous;
        private readonly ref readonly Fix _fix;

        public Turn(in Fix previous, bool hasPrevious, in Fix fix, bool vague, TrackerContext context, int repKey, List<Passage> passages)
        {
            _previous = ref previous;
            _fix = ref fix;
            HasPrevious = hasPrevious;
            Vague = vague;
            Context = context;
            RepKey = repKey;
            Passages = passages;
        }

        public ref readonly Fix Previous => ref _previous;

        public ref readonly Fix Fix => ref _fix;

        public bool HasPrevious { get; }

        public bool Vague { get; }

        public TrackerContext Context { get; }

        public int RepKey { get; }

        public List<Passage> Passages { get; }

        public double AccuracyM => AccuracyOf(_fix.AccuracyM);

        public double PreviousAccuracyM => AccuracyOf(_previous.AccuracyM);

        /// <summary>Seconds between the two fixes.</summary>
        public double StepS => (_fix.FixedAt.EpochMs - _previous.FixedAt.EpochMs) / 1000.0;

        /// <summary>The instant at a part of the way between the two fixes.</summary>
        public Instant Between(double part) =>
            new(_previous.FixedAt.EpochMs + (long)Math.Round((_fix.FixedAt.EpochMs - _previous.FixedAt.EpochMs) * part));
    }

    /// <summary>What remains of the fix before the previous one.</summary>
    private readonly record struct Past(Instant FixedAt, GeoPoint Position, float AccuracyM);

    private static double AccuracyOf(float accuracyM) => float.IsNaN(accuracyM) ? UnknownAccuracyM : accuracyM;
}
