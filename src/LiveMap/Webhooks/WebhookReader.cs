using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Api;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>What somebody wants a webhook to be.</summary>
/// <param name="Url">Where to.</param>
/// <param name="Kinds">Kinds of alert; empty: all.</param>
/// <param name="Scope">Whose alerts.</param>
/// <param name="Secret">Signs; null: none was given.</param>
internal sealed record WebhookDraft(string Url, IReadOnlyList<string> Kinds, Scope Scope, string? Secret);

/// <summary>Reads the body that creates or changes a webhook, and says what is wrong with it by field.</summary>
internal sealed class WebhookReader(TargetGuard guard, Registry registry)
{
    private const int MaxSecretChars = 256;

    /// <summary>A secret for a webhook whose owner gave none: 256 random bits.</summary>
    public static string NewSecret() => "whsec_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Reads a body; null: something is wrong with it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="owner">Whose scope is the widest, and the one that is meant when none is named.</param>
    /// <param name="errors">What is wrong.</param>
    /// <param name="cancel">Gives up.</param>
    public async ValueTask<WebhookDraft?> ReadAsync(JsonElement body, Scope owner, List<FieldError> errors, CancellationToken cancel)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new("", "must be an object"));
            return null;
        }
        foreach (JsonProperty property in body.EnumerateObject())
            if (property.Name is not ("url" or "kinds" or "scope" or "secret")) errors.Add(new(Cut(property.Name), "is not a member of a webhook"));
        string? url = Text(body, "url", errors), secret = Text(body, "secret", errors);
        if (url is null) errors.Add(new("url", "is needed"));
        else if (await guard.FindProblemAsync(url, cancel) is { } problem) errors.Add(new("url", problem, Cut(url)));
        // The value of a secret is never repeated.
        if (secret is { Length: 0 or > MaxSecretChars }) errors.Add(new("secret", $"must have 1 to {MaxSecretChars} characters"));
        IReadOnlyList<string> kinds = Kinds(body, errors);
        Scope scope = ScopeOf(body, owner, errors);
        return errors.Count == 0 ? new WebhookDraft(url!, kinds, scope, secret) : null;
    }

    private static string? Text(JsonElement body, string name, List<FieldError> errors)
    {
        if (!body.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        errors.Add(new(name, "must be text"));
        return "";
    }

    private static List<string> Kinds(JsonElement body, List<FieldError> errors)
    {
        List<string> kinds = [];
        if (!body.TryGetProperty("kinds"u8, out JsonElement array) || array.ValueKind == JsonValueKind.Null) return kinds;
        if (array.ValueKind != JsonValueKind.Array)
        {
            errors.Add(new("kinds", "must be an array of kinds of alert"));
            return kinds;
        }
        int index = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            string? kind = item.ValueKind == JsonValueKind.String ? item.GetString() : null;
            if (kind is null || !AlertEndpoints.Kinds.Contains(kind)) errors.Add(new($"kinds[{index}]", "must be a kind of alert", Cut(kind ?? item.GetRawText())));
            else if (!kinds.Contains(kind)) kinds.Add(kind);
            if (++index > 100)
            {
                errors.Add(new("kinds", "must name each kind once"));
                break;
            }
        }
        return kinds;
    }

    private Scope ScopeOf(JsonElement body, Scope owner, List<FieldError> errors)
    {
        string? text = Text(body, "scope", errors);
        if (string.IsNullOrEmpty(text)) return owner;
        if (!Scope.TryParse(text, out Scope scope) || text.Length > 500) errors.Add(new("scope", "must be group:PATH or rep:ID", Cut(text)));
        else if (!owner.Contains(registry, scope)) errors.Add(new("scope", "must lie within the creator's scope", Cut(text)));
        return scope;
    }

    private static string Cut(string text) => text.Length > 100 ? text[..99] + "…" : text;
}
