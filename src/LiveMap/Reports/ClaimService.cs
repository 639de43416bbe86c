using Tracking.Contracts;
using Tracking.LiveMap.Api;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Reports;

/// <summary>A claim with its digest.</summary>
internal sealed record Claim(ClaimTerms Terms, IReadOnlyList<ClaimDay> Days, string Digest);

/// <summary>Works out mileage claims from the track store, the rates and the mock cases of the alert log.</summary>
internal sealed class ClaimService(RepDays days, DefinitionBook<MileageRate> rates, AlertLog alerts)
{
    private const int MaxAlerts = 100_000;
    private static readonly string[] MockKinds = [AlertKind.MockSuspected, AlertKind.MockCleared];

    /// <summary>How long before a time a mock case may have been opened that is open in it.</summary>
    private static readonly TimeSpan LongestCase = TimeSpan.FromDays(31);

    /// <summary>Works a claim out.</summary>
    /// <param name="rep">Whose.</param>
    /// <param name="vehicle">The kind of vehicle.</param>
    /// <param name="from">The first day.</param>
    /// <param name="to">The last day.</param>
    /// <param name="take">Takes the canonical text part by part as UTF-8; null: nobody wants it.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<Claim> WorkOutAsync(Rep rep, string vehicle, DateOnly from, DateOnly to, Func<byte[], Task>? take, CancellationToken cancel)
    {
        ClaimTerms terms = await TermsAsync(rep, vehicle, from, to, cancel);
        var claim = new MileageClaim(terms);
        using var text = new ClaimText();
        text.Begin(terms);
        Instant written = terms.Days[0].Day.Begin - MileageClaim.Margin;
        foreach (ClaimTerm term in terms.Days)
        {
            List<JudgedFix> fixes = await days.ReadFixesAsync(rep, term.Day.Begin - MileageClaim.Margin, term.Day.End + MileageClaim.Margin, cancel);
            Instant end = term.Date == to ? term.Day.End + MileageClaim.Margin : term.Day.End;
            foreach (JudgedFix judged in fixes)
                if (judged.Fix.FixedAt >= written && judged.Fix.FixedAt < end) text.Add(judged);
            written = end;
            claim.Add(await days.DeriveAsync(rep, term.Day, fixes, cancel));
            await TakeAsync(text, take);
        }
        text.End(claim.Days);
        await TakeAsync(text, take);
        return new Claim(terms, claim.Days, text.Digest());
    }

    private static Task TakeAsync(ClaimText text, Func<byte[], Task>? take)
    {
        byte[] part = text.Take();
        return take is null ? Task.CompletedTask : take(part);
    }

    private async Task<ClaimTerms> TermsAsync(Rep rep, string vehicle, DateOnly from, DateOnly to, CancellationToken cancel)
    {
        IReadOnlyList<MileageRate> known = rates.All;
        List<ClaimTerm> terms = [];
        for (DateOnly date = from; date <= to; date = date.AddDays(1))
            terms.Add(new ClaimTerm(date, LocalDay.Of(date, rep.TimeZone), Tariff.Find(known, rep, vehicle, date)));
        DateOnly[] begins = [.. terms.Where(static t => t.Rate is not null).Select(static t => t.Rate!.PeriodBegin(t.Date)).Distinct().Where(begin => begin < from).Order()];
        DateOnly first = begins.Length > 0 ? begins[0] : from;
        IReadOnlyList<MockCase> cases = await MockCasesAsync(rep, LocalDay.Of(first, rep.TimeZone).Begin, terms[^1].Day.End, cancel);
        Dictionary<DateOnly, long> paid = await PaidAsync(rep, first, from, cases, cancel);
        var broughtForward = begins.ToDictionary(static begin => begin, begin => paid.Where(day => day.Key >= begin).Sum(static day => day.Value));
        Instant claimed = terms[0].Day.Begin;
        return new ClaimTerms(rep.Id, rep.TimeZone, vehicle, days.OptionsOf(rep), terms, broughtForward, [.. cases.Where(open => open.To > claimed)]);
    }

    /// <summary>What was paid on each day before the claim.</summary>
    private async Task<Dictionary<DateOnly, long>> PaidAsync(Rep rep, DateOnly first, DateOnly until, IReadOnlyList<MockCase> cases, CancellationToken cancel)
    {
        var paid = new long[until.DayNumber - first.DayNumber];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = RepDays.Parallelism, CancellationToken = cancel };
        await Parallel.ForAsync(0, paid.Length, parallel, async (i, token) =>
        {
            DateOnly date = first.AddDays(i);
            paid[i] = MileageClaim.Judge(await days.ReportAsync(rep, LocalDay.Of(date, rep.TimeZone), token), date, cases).PaidM;
        });
        return Enumerable.Range(0, paid.Length).ToDictionary(i => first.AddDays(i), i => paid[i]);
    }

    /// <summary>The mock cases that were open at any time between two instants.</summary>
    public async Task<IReadOnlyList<MockCase>> MockCasesAsync(Rep rep, Instant from, Instant to, CancellationToken cancel)
    {
        var filter = new AlertFilter { RepId = rep.Id, Kinds = MockKinds, From = from - LongestCase, To = to + LongestCase };
        List<MockCase> cases = [];
        Instant? opened = null;
        foreach (StoredAlert stored in await alerts.ReadEffectiveAsync(filter, MaxAlerts, cancel))
        {
            Alert alert = stored.Alert;
            if (alert.Kind == AlertKind.MockSuspected) opened ??= alert.At;
            else if ((opened ?? SuspectedAt(alert)) is { } begin)
            {
                cases.Add(new MockCase(begin, alert.At));
                opened = null;
            }
        }
        if (opened is { } open) cases.Add(new MockCase(open, Instant.Max));
        return [.. cases.Where(c => c.From < to && c.To > from)];
    }

    private static Instant? SuspectedAt(Alert cleared) =>
        cleared.Data.TryGetProperty("suspectedAt"u8, out System.Text.Json.JsonElement at) && Instant.TryParse(at.GetString(), out Instant since) ? since : null;
}
