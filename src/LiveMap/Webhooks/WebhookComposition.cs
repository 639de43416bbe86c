using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>Puts the delivery of webhooks and their API together.</summary>
internal static class WebhookComposition
{
    public static void AddWebhooks(this IServiceCollection services, WebhookOptions options) => services
        .AddSingleton(options)
        .AddSingleton<TargetGuard>()
        .AddSingleton<WebhookSender>()
        .AddSingleton<WebhookContext>()
        .AddSingleton<WebhookReader>()
        .AddSingleton<WebhookService>()
        .AddHostedService(static provider => provider.GetRequiredService<WebhookService>())
        .AddSingleton<WebhookEndpoints>()
        .AddSingleton(static provider => new ReadinessCheck("subscriptions", _ => ValueTask.FromResult(
            provider.GetRequiredService<ISubscriptionStore>().IsWritable ? null : "cursors of subscribers cannot be written; alerts may be repeated"))
        {
            IsRequired = false,
        });
}
