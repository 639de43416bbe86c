using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Ingest.Http;
using Tracking.Ingest.Udp;
using Tracking.Store;

namespace Tracking.Ingest;

/// <summary>Puts ingest together.</summary>
public static class IngestServices
{
    /// <summary>
    /// Adds what receives fixes. The store's services, <see cref="Metrics"/> and <see cref="TimeProvider"/> must be there too.
    /// </summary>
    /// <exception cref="ArgumentException">A limit makes no sense.</exception>
    public static IServiceCollection AddIngest(this IServiceCollection services, IngestOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        services.AddSingleton(options);
        services.AddSingleton<Admission>();
        services.AddSingleton<Credentials>();
        services.AddSingleton<DeviceEndpoints>();
        services.AddSingleton(static s => new UdpListener(s.GetRequiredService<IngestOptions>(), s.GetRequiredService<Registry>(),
            s.GetRequiredService<Journal>(), s.GetRequiredService<Quarantine>(), s.GetRequiredService<Admission>(), s.GetRequiredService<Metrics>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<UdpListener>>()));
        services.AddSingleton(static s => new ReadinessCheck("journal", _ => ValueTask.FromResult(s.GetRequiredService<Journal>().Problem)));
        if (options.Udp is not null) services.AddHostedService(static s => s.GetRequiredService<UdpListener>());
        return services;
    }

    /// <summary>
    /// Serves the paths of devices. Call it before other middleware: what it does not serve goes on to them, except on the devices'
    /// port, where nothing else is to be had.
    /// </summary>
    public static IApplicationBuilder MapDevices(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        DeviceEndpoints endpoints = app.ApplicationServices.GetRequiredService<DeviceEndpoints>();
        return app.Use(next => context => (endpoints.Find(context) ?? next)(context));
    }
}
