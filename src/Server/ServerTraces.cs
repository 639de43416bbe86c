using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Tracking.Contracts;

namespace Tracking.Server;

/// <summary>Traces of single fixes to an OpenTelemetry receiver, where one is configured; without one nothing listens and nothing is made.</summary>
internal static class ServerTraces
{
    private const string Requests = "Microsoft.AspNetCore";

    /// <summary>Sends traces as the options say: those that a request asks for by <c>traceparent</c>, and a share of the others.</summary>
    public static void Add(IServiceCollection services, ServerOptions options)
    {
        if (options.Otlp is not { } receiver) return;
        services.AddOpenTelemetry().WithTracing(tracing => tracing
            .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService("tracking"))
            .AddSource(FixTrace.SourceName, Requests)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceShare)))
            .AddOtlpExporter(exporter =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = new Uri(receiver, "/v1/traces");
            }));
    }
}
