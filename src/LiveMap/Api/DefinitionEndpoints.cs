using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tracking.Contracts;
using Tracking.LiveMap.Access;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Api;

/// <summary>Reads the document of a definition, or says by field what is wrong with it.</summary>
internal delegate bool TryReadDefinition<T>(JsonElement json, string id, long version, [NotNullWhen(true)] out T? value, out IReadOnlyList<FieldError> errors)
    where T : class;

/// <summary>A kind of document that people define, and what the API calls it.</summary>
/// <param name="Kind">Where the registry keeps it.</param>
/// <param name="Path">The plural in addresses, which names the list in answers too.</param>
/// <param name="Noun">What errors call one.</param>
/// <param name="MayChange">Who may change them.</param>
/// <param name="TryRead">Reads a document.</param>
/// <param name="Write">Writes one.</param>
/// <param name="AudienceOf">Groups and reps that one concerns; both empty: everybody.</param>
/// <param name="Narrow">One without the reps that somebody may not see.</param>
internal sealed record DefinitionForm<T>(
    DefinitionKind Kind, string Path, string Noun, Need MayChange, TryReadDefinition<T> TryRead, Action<Utf8JsonWriter, T> Write,
    Func<T, (IReadOnlyList<string> Groups, IReadOnlyList<string> Reps)> AudienceOf, Func<T, Func<string, bool>, T> Narrow) where T : class
{
    /// <summary>Whether trackers obey it, so that a change must come to them at its place between the fixes.</summary>
    public bool ReachesTrackers { get; init; }
}

/// <summary>The definitions of a kind, read once for each change.</summary>
internal sealed class DefinitionBook<T>(Registry registry, DefinitionForm<T> form) where T : class
{
    private sealed record Reading(IReadOnlyList<Definition> Of, IReadOnlyList<T> Values);

    private Reading? _reading;

    /// <summary>All of them, by id.</summary>
    public IReadOnlyList<T> All
    {
        get
        {
            IReadOnlyList<Definition> now = registry.Definitions(form.Kind);
            if (_reading is { } reading && ReferenceEquals(reading.Of, now)) return reading.Values;
            List<T> values = [];
            foreach (Definition definition in now)
                if (Read(definition) is { } value) values.Add(value);
            _reading = new Reading(now, values);
            return values;
        }
    }

    /// <summary>One of them; null: there is none.</summary>
    public T? Find(string id) => registry.FindDefinition(form.Kind, id) is { } definition ? Read(definition) : null;

    // What was put by a version of the program that understood more is passed over, not taken for something else.
    private T? Read(Definition definition) =>
        form.TryRead(JsonElement.Parse(definition.Json.Span), definition.Id, definition.Version, out T? value, out _) ? value : null;
}

/// <summary>Documents that people define: listed, read, put with conditions, deleted.</summary>
internal sealed class DefinitionEndpoints<T>(Registry registry, DefinitionBook<T> book, DefinitionForm<T> form, ChangeJournal changes, LiveMapOptions options) where T : class
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/" + form.Path, Guard.For(Need.Read, ListAsync));
        routes.MapGet($"/v1/{form.Path}/{{id}}", Guard.For(Need.Read, ReadAsync));
        routes.MapPut($"/v1/{form.Path}/{{id}}", Guard.For(form.MayChange, PutAsync));
        routes.MapDelete($"/v1/{form.Path}/{{id}}", Guard.For(form.MayChange, DeleteAsync));
    }

    private Task ListAsync(HttpContext context, Principal principal) => Json.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray(form.Path);
        foreach (T value in book.All)
            if (Shown(principal, value) is { } shown) form.Write(json, shown);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private Task ReadAsync(HttpContext context, Principal principal)
    {
        string id = IdOf(context);
        if (registry.FindDefinition(form.Kind, id) is not { } definition || book.Find(id) is not { } value || Shown(principal, value) is not { } shown)
            return Problem.NotFoundAsync(context, form.Noun);
        context.Response.Headers.ETag = TagOf(definition);
        return Json.WriteAsync(context, json => form.Write(json, shown));
    }

    private async Task PutAsync(HttpContext context, Principal principal)
    {
        string id = IdOf(context);
        if (!Conditions.TryRead(context, out long? expected))
        {
            await Conditions.RefuseAsync(context);
            return;
        }
        JsonBody body = await JsonBody.ReadAsync(context, options.MaxBodyBytes);
        if (!body.Ok) return;
        using JsonDocument document = body.Document;
        if (!form.TryRead(document.RootElement, id, 0, out T? value, out IReadOnlyList<FieldError> errors))
        {
            await Problem.WriteAsync(context, 422, $"{(errors[0].Field.Length == 0 ? "The body" : errors[0].Field)}: {errors[0].Message}.", errors);
            return;
        }
        if (context.Request.Headers.IfMatch == "*" && registry.FindDefinition(form.Kind, id) is null)
        {
            await Problem.WriteAsync(context, 409, $"There is no such {form.Noun}.");
            return;
        }
        try
        {
            if (await IsElsewhereAsync(context)) return;
            Definition? stored = null;
            bool isTold = await TellAsync(() => registry.TryPutDefinition(form.Kind, id, ToUtf8(value), expected, out stored, principal.Name) ? stored : null, id, context);
            if (stored is null)
            {
                await Problem.WriteAsync(context, 409, $"The {form.Noun} has another version than the condition says.");
                return;
            }
            if (!isTold)
            {
                await RefuseUntoldAsync(context);
                return;
            }
            context.Response.Headers.ETag = TagOf(stored);
            T kept = book.Find(id) ?? value;
            await Json.WriteAsync(context, json => form.Write(json, kept), expected == 0 || stored.Version == 1 ? 201 : 200);
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException)
        {
            await Problem.WriteAsync(context, 422, refused.Message, [new("id", "cannot be used", id)]);
        }
    }

    private async Task DeleteAsync(HttpContext context, Principal principal)
    {
        string id = IdOf(context);
        if (!Conditions.TryRead(context, out long? expected))
        {
            await Conditions.RefuseAsync(context);
            return;
        }
        if (await IsElsewhereAsync(context)) return;
        Definition? deleted = null;
        bool isTold = await TellAsync(() => deleted = registry.DeleteDefinition(form.Kind, id, expected, principal.Name), id, context, isDeleted: true);
        if (!isTold) await RefuseUntoldAsync(context);
        else if (deleted is not null) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else if (registry.FindDefinition(form.Kind, id) is null) await Problem.NotFoundAsync(context, form.Noun);
        else await Problem.WriteAsync(context, 409, $"The {form.Noun} has another version than If-Match says.");
    }

    // Writes to the registry and, where trackers obey it, to the journal; false: trackers will know it later.
    private async Task<bool> TellAsync(Func<Definition?> write, string id, HttpContext context, bool isDeleted = false)
    {
        if (form.ReachesTrackers)
            return await changes.WriteAsync(() => write() is { } written ? new DefinitionChange(form.Kind, id, isDeleted ? null : written, default) : null, context.RequestAborted);
        write();
        return true;
    }

    private async Task<bool> IsElsewhereAsync(HttpContext context)
    {
        if (!form.ReachesTrackers || options.TakesGeofences) return false;
        await Problem.WriteAsync(context, 409, $"This node serves viewers only. Change a {form.Noun} at a node that tracks reps.");
        return true;
    }

    private Task RefuseUntoldAsync(HttpContext context) =>
        Problem.WriteAsync(context, 503, $"The {form.Noun} is kept, but the journal takes no change now; trackers will know it later.");

    // What somebody may see of one; null: nothing.
    private T? Shown(Principal principal, T value)
    {
        (IReadOnlyList<string> groups, IReadOnlyList<string> reps) = form.AudienceOf(value);
        if (!principal.CanSee(registry, groups, reps)) return null;
        return principal.Scope.Kind == ScopeKind.All ? value : form.Narrow(value, id => principal.CanSee(registry, id));
    }

    private byte[] ToUtf8(T value)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Json.Options)) form.Write(json, value);
        return buffer.WrittenSpan.ToArray();
    }

    private static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    private static string TagOf(Definition definition) => string.Create(CultureInfo.InvariantCulture, $"\"{definition.Version}\"");
}
