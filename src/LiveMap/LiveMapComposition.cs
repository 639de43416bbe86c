using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Api;
using Tracking.LiveMap.Console;
using Tracking.LiveMap.Frames;
using Tracking.LiveMap.Health;
using Tracking.LiveMap.Http;
using Tracking.LiveMap.Hub;
using Tracking.LiveMap.Live;
using Tracking.LiveMap.Reports;
using Tracking.LiveMap.Webhooks;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap;

/// <summary>Puts the live map, the reading API and the console into a server.</summary>
public static class LiveMapComposition
{
    /// <summary>Registers what <see cref="MapLiveMap"/> needs; the store, the metrics and the clock come from elsewhere.</summary>
    /// <exception cref="ArgumentException">An option is wrong; the message names the key and the value.</exception>
    public static IServiceCollection AddLiveMap(this IServiceCollection services, LiveMapOptions options, WebhookOptions? webhooks = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        webhooks ??= new WebhookOptions();
        if ((options.Validate() ?? webhooks.Validate()) is { } problem) throw new ArgumentException(problem, nameof(options));
        services.AddSingleton(options);
        services.AddRoutingCore();
        services.AddSingleton<LiveBoard>();
        services.AddSingleton<ILiveSink>(static provider => provider.GetRequiredService<LiveBoard>());
        services.AddSingleton<AccessResolver>();
        AddHub(services);
        services.TryAddSingleton(RepOptions.Default);
        services.AddSingleton<FenceFinder>();
        services.AddSingleton<ChangeJournal>();
        services.AddSingleton<FenceWriter>();
        services.AddSingleton<GeofenceImport>();
        services.AddSingleton<AlertStream>();
        services.AddSingleton<RepEndpoints>();
        services.AddSingleton<TrackEndpoints>();
        services.AddSingleton<DeviceEventEndpoints>();
        services.AddSingleton<DayEndpoints>();
        services.AddSingleton<ReplayEndpoints>();
        services.AddSingleton<ActivityEndpoints>();
        services.AddSingleton<AlertEndpoints>();
        services.AddSingleton<GeofenceEndpoints>();
        services.AddSingleton<QuarantineEndpoints>();
        services.AddSingleton<AdminEndpoints>();
        services.AddSingleton(static provider => new ErasurePlace("liveMap", IsShared: false,
            (person, _) => ValueTask.FromResult(provider.GetRequiredService<LiveBoard>().Forget(person.RepKey) ? 1L : 0L)));
        services.AddWebhooks(webhooks);
        services.AddReports();
        services.AddSingleton(ShiftForm).AddSingleton<DefinitionBook<Shift>>().AddSingleton<DefinitionEndpoints<Shift>>();
        services.AddSingleton<ConsoleEndpoints>();
        return services;
    }

    private static readonly DefinitionForm<Shift> ShiftForm = new(DefinitionKind.Shift, "shifts", "shift", Need.Edit,
        ShiftJson.TryRead, ShiftJson.Write, static shift => (shift.Groups, shift.Reps), static (shift, canSee) => shift with { Reps = [.. shift.Reps.Where(canSee)] })
    {
        ReachesTrackers = true,
    };

    /// <summary>Maps every route of the live map: call it after the middleware of the server and before routes that it does not know.</summary>
    public static WebApplication MapLiveMap(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseWhen(static context => !context.Request.Path.Equals("/healthz", StringComparison.Ordinal),
            static branch => branch.UseMiddleware<ProblemMiddleware>());
        app.UseRouting();
        HealthEndpoints.Map(app);
        OpenApiEndpoint.Map(app);
        SessionEndpoints.Map(app, app.Services.GetRequiredService<AccessResolver>());
        app.Services.GetRequiredService<RepEndpoints>().Map(app);
        app.Services.GetRequiredService<TrackEndpoints>().Map(app);
        app.Services.GetRequiredService<DeviceEventEndpoints>().Map(app);
        app.Services.GetRequiredService<DayEndpoints>().Map(app);
        app.Services.GetRequiredService<ReplayEndpoints>().Map(app);
        app.Services.GetRequiredService<ActivityEndpoints>().Map(app);
        app.Services.GetRequiredService<AlertEndpoints>().Map(app);
        app.Services.GetRequiredService<GeofenceEndpoints>().Map(app);
        app.Services.GetRequiredService<WebhookEndpoints>().Map(app);
        ReportComposition.Map(app);
        app.Services.GetRequiredService<DefinitionEndpoints<Shift>>().Map(app);
        app.Services.GetRequiredService<QuarantineEndpoints>().Map(app);
        app.Services.GetRequiredService<AdminEndpoints>().Map(app);
        app.MapHub<LiveHub>("/hub/live", static hub => hub.TransportSendTimeout = TimeSpan.FromSeconds(30)).Require(Need.Read);
        app.Services.GetRequiredService<ConsoleEndpoints>().Map(app);
        return app;
    }

    private static void AddHub(IServiceCollection services)
    {
        services.AddSingleton<LiveFeed>();
        services.AddHostedService(static provider => provider.GetRequiredService<LiveFeed>());
        services.AddSingleton<AlertReader>();
        services.AddSignalR(static hub =>
        {
            hub.EnableDetailedErrors = false;
            hub.MaximumReceiveMessageSize = 16 << 10;
            // A snapshot replaces what a lost connection missed, so nothing is kept for a reconnect.
            hub.StatefulReconnectBufferSize = 0;
        }).AddJsonProtocol(static json => json.PayloadSerializerOptions.Converters.Add(new LiveFrameConverter()));
        services.AddSingleton<HubLifetimeManager<LiveHub>, LiveHubLifetime>();
        services.AddSingleton<IHubProtocol, MessagePackHubProtocol>();
    }
}
