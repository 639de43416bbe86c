using System.Diagnostics;
using System.Globalization;

namespace Tracking.Faults;

/// <summary>A mixed run: load, subscribers, a random fault every few seconds; and then what came of it.</summary>
internal sealed class Run
{
    private static readonly TimeSpan MostQuiet = TimeSpan.FromMinutes(3);

    public required string Program { get; init; }

    public required int Seed { get; init; }

    public required TimeSpan Length { get; init; }

    public required int Reps { get; init; }

    public required double FixesPerSecond { get; init; }

    public required bool IsQuiet { get; init; }

    /// <summary>Runs; true: nothing was lost, doubled or out of order.</summary>
    public async Task<bool> ExecuteAsync()
    {
        Say($"seed {Seed}");
        await using Rig rig = await Rig.StartAsync(Program);
        var counts = new PhoneCounts();
        List<Phone> phones = await rig.AddPhonesAsync(Reps, counts);
        using var ends = new CancellationTokenSource();
        Task sending = Task.WhenAll(phones.Select(phone => Task.Run(() => phone.SendUntilAsync(rig.Network.Address, rig.Udp, FixesPerSecond / Reps, ends.Token))));
        while (phones.Exists(static phone => phone.Acknowledged == 0)) await Task.Delay(100);

        List<Fault> faults = Fault.Schedule(Seed, Length, rig.Kinds);
        await DoAsync(rig, faults);
        await ends.CancelAsync();
        await sending;
        Say("all is well again, every fix is acknowledged");
        var verdict = new Verdict(rig, phones, counts);
        bool isSound = await verdict.JudgeAsync(MostQuiet);
        await rig.EndSubscribersAsync();
        Console.WriteLine(Invariant($"seed {Seed}, {Length.TotalMinutes:0.#} min, {faults.Count} faults: ")
            + string.Join(", ", faults.CountBy(static fault => fault.Kind).OrderBy(static kind => kind.Key).Select(static kind => $"{kind.Key} {kind.Value}")));
        foreach (string line in verdict.Lines) Console.WriteLine(line);
        Console.WriteLine(isSound ? "PASSED" : $"FAILED: repeat it with --seed {Seed} --minutes {Length.TotalMinutes.ToString(CultureInfo.InvariantCulture)}; logs in {rig.Folder}");
        foreach (Phone phone in phones) phone.Dispose();
        return isSound;
    }

    private async Task DoAsync(Rig rig, List<Fault> faults)
    {
        long began = Stopwatch.GetTimestamp();
        var parts = new Dictionary<string, Task>(StringComparer.Ordinal);
        foreach (Fault fault in faults)
        {
            TimeSpan early = fault.At - Stopwatch.GetElapsedTime(began);
            if (early > TimeSpan.Zero) await Task.Delay(early);
            // What strikes a part that is not mended yet waits for that.
            parts[Fault.PartOf(fault.Kind)] = AfterAsync(parts.GetValueOrDefault(Fault.PartOf(fault.Kind), Task.CompletedTask), rig, fault);
        }
        await Task.WhenAll(parts.Values);
        TimeSpan left = Length - Stopwatch.GetElapsedTime(began);
        if (left > TimeSpan.Zero) await Task.Delay(left);
    }

    private async Task AfterAsync(Task before, Rig rig, Fault fault)
    {
        await before;
        Say(Invariant($"{fault.At.TotalSeconds,6:0.0} s {fault.Kind} for {fault.Lasts.TotalSeconds:0.0} s"));
        await rig.DoAsync(fault);
    }

    private void Say(string line)
    {
        if (!IsQuiet) Console.WriteLine(line);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
