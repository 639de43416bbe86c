using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.LiveMap.Http;
using Tracking.Store;

namespace Tracking.LiveMap.Access;

/// <summary>What a route asks of whom it serves.</summary>
internal enum Need
{
    /// <summary>To see.</summary>
    Read,
    /// <summary>To change what concerns nobody but those whom one sees.</summary>
    EditOwn,
    /// <summary>To change shared definitions.</summary>
    Edit,
    /// <summary>To administer.</summary>
    Administer,
}

/// <summary>Stands before every route that is not public.</summary>
internal static class Guard
{
    /// <summary>A handler that runs only for those who may.</summary>
    public static RequestDelegate For(Need need, Func<HttpContext, Principal, Task> handler) => context =>
        Admit(context, need) is { } principal ? handler(context, principal) : AdmitLateAsync(context, need, handler);

    /// <summary>Puts the guard before an endpoint that is made elsewhere, such as the hub.</summary>
    public static void Require(this IEndpointConventionBuilder endpoints, Need need) => endpoints.Add(endpoint =>
    {
        RequestDelegate inner = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = For(need, (context, _) => inner(context));
    });

    /// <summary>Whether somebody may see a rep, by its id. A rep that is no longer registered is seen by the whole organisation's readers.</summary>
    public static bool CanSee(this Principal principal, Registry registry, string repId) =>
        registry.FindRep(repId) is { } rep ? principal.CanSee(rep) : principal.Role != Role.Gateway && principal.Scope.Covers(repId, "\0");

    /// <summary>Whether a scope holds all that another one does, by the groups in which reps are now.</summary>
    public static bool Contains(this Scope scope, Registry registry, Scope other) => other.Kind switch
    {
        ScopeKind.Rep => scope == other || scope.Kind == ScopeKind.All
            || (registry.FindRep(other.Value) is { } rep && scope.Covers(rep.Id, rep.Group)),
        ScopeKind.Group => scope.Kind == ScopeKind.All || (scope.Kind == ScopeKind.Group && GroupPath.IsWithin(other.Value, scope.Value)),
        _ => scope.Kind == ScopeKind.All,
    };

    /// <summary>Whether somebody may know of a geofence: it concerns everybody, or somebody whom they see.</summary>
    public static bool CanSee(this Principal principal, Registry registry, Geofence fence) => principal.CanSee(registry, fence.Groups, fence.Reps);

    /// <summary>Whether somebody may know of what concerns groups and reps; both empty: everybody.</summary>
    public static bool CanSee(this Principal principal, Registry registry, IReadOnlyList<string> groups, IReadOnlyList<string> reps)
    {
        Scope scope = principal.Scope;
        if (scope.Kind == ScopeKind.All || (groups.Count == 0 && reps.Count == 0)) return true;
        foreach (string repId in reps)
            if (principal.CanSee(registry, repId)) return true;
        string? group = scope.Kind == ScopeKind.Group ? scope.Value : registry.FindRep(scope.Value)?.Group;
        if (group is null) return false;
        foreach (string path in groups)
            if (GroupPath.IsWithin(group, path) || (scope.Kind == ScopeKind.Group && GroupPath.IsWithin(path, group))) return true;
        return false;
    }

    private static Principal? Admit(HttpContext context, Need need)
    {
        Principal? principal = context.RequestServices.GetRequiredService<AccessResolver>().Resolve(context);
        return principal is not null && Allows(principal, need) ? principal : null;
    }

    private static bool Allows(Principal principal, Need need) => need switch
    {
        Need.Read => principal.Role != Role.Gateway,
        Need.EditOwn => principal.Role is Role.Dispatcher or Role.Admin,
        Need.Edit => principal.CanEdit,
        _ => principal.Role == Role.Admin && principal.Scope.Kind == ScopeKind.All,
    };

    // Somebody with a token of this very moment is not turned away for it.
    private static async Task AdmitLateAsync(HttpContext context, Need need, Func<HttpContext, Principal, Task> handler)
    {
        await context.RequestServices.GetRequiredService<AccessResolver>().ResolveAgainAsync(context);
        await (Admit(context, need) is { } principal ? handler(context, principal) : RefuseAsync(context));
    }

    private static Task RefuseAsync(HttpContext context) =>
        context.RequestServices.GetRequiredService<AccessResolver>().Resolve(context) is null
            ? Problem.WriteAsync(context, 401, "A valid token or session is needed.")
            : Problem.WriteAsync(context, 403, "This token or session does not allow that.");
}
