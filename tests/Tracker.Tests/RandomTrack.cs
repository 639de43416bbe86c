using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

/// <summary>Random ways with everything that can go wrong on them; the seed tells all.</summary>
internal static class RandomTrack
{
    /// <summary>Stays, moves, silences and every kind of bad fix, in the order of arrival.</summary>
    public static List<Fix> Make(int seed)
    {
        var random = new Random(seed);
        List<Fix> fixes = Honest(seed);
        Instant received = default;
        for (int i = 0; i < fixes.Count; i++)
        {
            Fix fix = Spoil(fixes[i], random);
            if (fix.ReceivedAt < received) fix = fix with { ReceivedAt = received };
            received = fix.ReceivedAt;
            fixes[i] = fix;
        }
        for (int i = 3; i < fixes.Count; i += 5 + random.Next(30))
            fixes.Insert(i, fixes[i - 1 - random.Next(3)] with { ReceivedAt = fixes[i - 1].ReceivedAt });
        return fixes;
    }

    /// <summary>Stays, moves and silences only.</summary>
    public static List<Fix> Honest(int seed)
    {
        var random = new Random(seed);
        Drive drive = Drive.From(Drive.Depot).Noisy(random.Next(12));
        for (int leg = 2 + random.Next(8); leg > 0; leg--)
        {
            drive.Every((1 + random.Next(45)).Seconds()).Towards(random.Next(360));
            switch (random.Next(5))
            {
                case 0 or 1:
                    drive.For(random.Next(20).Minutes()).Still();
                    break;
                case 2:
                    int silentS = random.Next(2000);
                    drive.Silent(silentS.Seconds());
                    if (random.Next(2) == 0) drive.AppearAt(Geodesy.Destination(drive.Position, random.Next(360), random.NextDouble() * 20 * silentS));
                    break;
                default:
                    drive.For(random.Next(10).Minutes()).At(random.NextDouble() * random.NextDouble() * 35);
                    break;
            }
        }
        return drive.Fixes;
    }

    private static Fix Spoil(in Fix fix, Random random) => random.Next(60) switch
    {
        0 => fix with { AccuracyM = 250 },
        1 => fix with { Position = Geodesy.Destination(fix.Position, random.Next(360), 500 + random.Next(50_000)).Quantised() },
        2 => fix with { FixedAt = fix.FixedAt + 1.Hours() },
        3 => fix with { FixedAt = fix.FixedAt - random.Next(3000).Seconds() },
        4 => fix with { Traits = FixTraits.NoPosition, BatteryPct = random.Next(101) },
        5 => fix with { Traits = FixTraits.Mock },
        6 => fix with { Alarm = DeviceAlarm.Sos },
        7 => fix with { AccuracyM = float.NaN, SpeedMps = random.Next(30), Provider = LocationProvider.Gnss },
        8 => fix with { ReceivedAt = fix.ReceivedAt + random.Next(1500).Seconds() },
        9 => fix with { Traits = FixTraits.DeclaredInvalid },
        10 => fix with { IdempotencyHash = (ulong)random.Next(1, 4) },
        _ => fix with { BatteryPct = random.Next(101) },
    };
}
