using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>What every webhook's worker uses.</summary>
internal sealed class WebhookContext(
    AlertLog log, Registry registry, ISubscriptionStore store, WebhookSender sender, WebhookOptions options, TimeProvider clock, Metrics metrics,
    ILogger<WebhookContext> logger)
{
    private const string AlertsHelp = "Alerts at webhooks, by what became of them; missed ones were swept from the log first, whatever their kind and rep.";

    public AlertLog Log => log;

    public ISubscriptionStore Store => store;

    public WebhookSender Sender => sender;

    public WebhookOptions Options => options;

    public TimeProvider Clock => clock;

    public ILogger Logger => logger;

    public CloudEvents Events { get; } = new(options.Source);

    public Counter Delivered { get; } = metrics.Counter("tracking_webhook_alerts_total", AlertsHelp, ("result", "delivered"));

    public Counter DeadLettered { get; } = metrics.Counter("tracking_webhook_alerts_total", AlertsHelp, ("result", "deadLettered"));

    public Counter Missed { get; } = metrics.Counter("tracking_webhook_alerts_total", AlertsHelp, ("result", "missed"));

    public Instant Now => Instant.Now(clock);

    /// <summary>Whether a webhook is to have an alert: by its kinds, its scope, and what its creator could see.</summary>
    public bool Wants(Webhook webhook, Alert alert) =>
        (webhook.Kinds.Count == 0 || webhook.Kinds.Contains(alert.Kind, StringComparer.Ordinal))
        && Sees(webhook.Scope, alert.RepId) && Sees(webhook.OwnerScope, alert.RepId);

    private bool Sees(Scope scope, string repId) => new Principal("", Role.Reader, scope).CanSee(registry, repId);
}
