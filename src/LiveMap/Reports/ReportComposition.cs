using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Api;
using Tracking.Store;

namespace Tracking.LiveMap.Reports;

/// <summary>Puts reports, claims and what they rest on together.</summary>
internal static class ReportComposition
{
    private static readonly DefinitionForm<MileageRate> Rates = new(DefinitionKind.Rates, "rates", "rate", Need.Administer,
        MileageRateJson.TryRead, MileageRateJson.Write, static rate => (rate.Groups, rate.Reps), static (rate, canSee) => rate with { Reps = [.. rate.Reps.Where(canSee)] });

    private static readonly DefinitionForm<VisitPlan> Plans = new(DefinitionKind.Plan, "plans", "plan", Need.Edit,
        VisitPlanJson.TryRead, VisitPlanJson.Write, static plan => (plan.Groups, plan.Reps),
        static (plan, canSee) => plan with { Reps = [.. plan.Reps.Where(canSee)], Routes = [.. plan.Routes.Where(route => canSee(route.RepId))] });

    public static IServiceCollection AddReports(this IServiceCollection services) => services
        .AddSingleton<RepDays>()
        .AddSingleton(Rates).AddSingleton<DefinitionBook<MileageRate>>().AddSingleton<DefinitionEndpoints<MileageRate>>()
        .AddSingleton<ClaimService>()
        .AddSingleton<ClaimEndpoints>()
        .AddSingleton(Plans).AddSingleton<DefinitionBook<VisitPlan>>().AddSingleton<DefinitionEndpoints<VisitPlan>>()
        .AddSingleton<VisitLog>()
        .AddSingleton<VisitEndpoints>()
        .AddSingleton<TeamReports>()
        .AddSingleton<TeamReportEndpoints>()
        .AddSingleton<CoverageEndpoints>()
        .AddSingleton<MissedVisits>()
        .AddHostedService(static provider => provider.GetRequiredService<MissedVisits>());

    public static void Map(WebApplication app)
    {
        app.Services.GetRequiredService<DefinitionEndpoints<MileageRate>>().Map(app);
        app.Services.GetRequiredService<ClaimEndpoints>().Map(app);
        app.Services.GetRequiredService<DefinitionEndpoints<VisitPlan>>().Map(app);
        app.Services.GetRequiredService<VisitEndpoints>().Map(app);
        app.Services.GetRequiredService<TeamReportEndpoints>().Map(app);
        app.Services.GetRequiredService<CoverageEndpoints>().Map(app);
    }
}
