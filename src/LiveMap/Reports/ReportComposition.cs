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
        MileageRateJson.TryRead, MileageRateJson.Write, static rate => (rate.Groups, rate.Reps));

    public static IServiceCollection AddReports(this IServiceCollection services) => services
        .AddSingleton<RepDays>()
        .AddSingleton(Rates).AddSingleton<DefinitionBook<MileageRate>>().AddSingleton<DefinitionEndpoints<MileageRate>>()
        .AddSingleton<ClaimService>()
        .AddSingleton<ClaimEndpoints>();

    public static void Map(WebApplication app)
    {
        app.Services.GetRequiredService<DefinitionEndpoints<MileageRate>>().Map(app);
        app.Services.GetRequiredService<ClaimEndpoints>().Map(app);
    }
}
