using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Tracking.Ingest.Http;

namespace Tracking.Ingest;

/// <summary>Puts ingest together.</summary>
public static class IngestServices
{
    /// <summary>
    /// Adds what receives fixes. The store's services, <see cref="Contracts.Metrics"/> and <see cref="TimeProvider"/> must be there too.
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
