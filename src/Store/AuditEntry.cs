using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>What somebody did, for the audit log.</summary>
/// <param name="Cursor">Place in the log; grows with each entry; 0 before it is written.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who: the name of a token or a person, <c>cli</c> for the command line, <c>server</c> for the server itself.</param>
/// <param name="Action">What, see <see cref="AuditAction"/>.</param>
/// <param name="Target">The id or name of what it was done to.</param>
/// <param name="Detail">What belongs to the action, as a JSON object; never a secret.</param>
public readonly record struct AuditEntry(long Cursor, Instant At, string Actor, string Action, string Target, string Detail)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An entry that is not written yet; details without a value are left out.</summary>
    public static AuditEntry Of(Instant at, string actor, string action, string target, params ReadOnlySpan<(string Name, string? Value)> details)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            foreach ((string name, string? value) in details)
                if (value is not null) json.WriteString(name, value);
            json.WriteEndObject();
        }
        return new AuditEntry(0, at, actor, action, target, Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}

/// <summary>The actions of the audit log.</summary>
public static class AuditAction
{
#pragma warning disable CS1591 // the names say it; docs/api.md lists them
    public const string TokenCreated = "tokenCreated";
    public const string TokenRevoked = "tokenRevoked";
    public const string DeviceAdded = "deviceAdded";
    public const string RepPut = "repPut";
    public const string GeofencePut = "geofencePut";
    public const string GeofenceDeleted = "geofenceDeleted";
    public const string DefinitionPut = "definitionPut";
    public const string DefinitionDeleted = "definitionDeleted";
    public const string WebhookCreated = "webhookCreated";
    public const string WebhookChanged = "webhookChanged";
    public const string WebhookPaused = "webhookPaused";
    public const string WebhookResumed = "webhookResumed";
    public const string WebhookDeleted = "webhookDeleted";
    public const string DeadLettersReplayed = "deadLettersReplayed";
    public const string DeadLettersDeleted = "deadLettersDeleted";
    public const string ErasureRequested = "erasureRequested";
    public const string RepErased = "repErased";
    public const string TracksSwept = "tracksSwept";
    public const string InstallationExported = "installationExported";
    public const string InstallationImported = "installationImported";
#pragma warning restore CS1591
}
