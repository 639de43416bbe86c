using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class Registry
{
    private const int PrefixChars = 12;

    // Guarded by the gate; who authenticates asks by hash.
    private readonly SortedDictionary<int, (ApiToken Token, SecretHash Hash)> _tokensByKey = [];

    /// <summary>All tokens that let somebody in, oldest first.</summary>
    public IReadOnlyList<ApiToken> Tokens
    {
        get
        {
            lock (_gate) return [.. _tokensByKey.Values.Select(static t => t.Token)];
        }
    }

    private void TakeToken(in TokenRow row)
    {
        if (row.IsRevoked)
        {
            _tokens.TryRemove(row.Hash, out _);
            _tokensByKey.Remove(row.Key);
        }
        else if (row.Token is { } token)
        {
            _tokens[row.Hash] = new Principal(token.Name, token.Role, token.Scope);
            _tokensByKey[row.Key] = (token, row.Hash);
        }
    }

    /// <summary>Creates a token and returns its text, which is kept hashed and cannot be had again.</summary>
    /// <param name="name">For logs and lists: 1 to 64 printable characters.</param>
    /// <param name="role">What it may do.</param>
    /// <param name="scope">Whose data.</param>
    /// <param name="actor">Who does this, for the audit log.</param>
    /// <exception cref="ArgumentException">The name is not fit, or the scope covers nothing.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public string CreateToken(string name, Role role, Scope scope, string actor = ServerActor)
    {
        if (scope.Kind == ScopeKind.None) throw new ArgumentException("A token needs a scope: nothing, group:PATH or rep:ID.", nameof(scope));
        if (!IsFitId(name)) throw new ArgumentException($"A token's name has 1 to {LongestId} printable characters and no space at either end; this one does not: '{name}'.", nameof(name));
        string text = Secrets.Make(Secrets.TokenPrefix);
        Secrets.TryHash(text, out SecretHash hash);
        var token = new ApiToken(name, role, scope, text[..PrefixChars], Instant.Now(_clock));
        Write(transaction =>
        {
            transaction.AddToken(token, hash);
            transaction.Audit(AuditEntry.Of(token.CreatedAt, actor, AuditAction.TokenCreated, name, ("prefix", token.Prefix), ("role", role.ToString().ToLowerInvariant()), ("scope", scope.ToString())));
            return true;
        });
        return text;
    }

    /// <summary>The tokens with a name, or those whose text begins so (at least <c>trk_</c> and four characters more).</summary>
    public IReadOnlyList<ApiToken> FindTokens(string nameOrPrefix) => [.. Tokens.Where(t => IsNamed(t, nameOrPrefix))];

    private static bool IsNamed(ApiToken token, string nameOrPrefix) =>
        token.Name == nameOrPrefix || (nameOrPrefix.Length >= 8 && token.Prefix.Length > 0
            && nameOrPrefix.AsSpan(0, Math.Min(nameOrPrefix.Length, PrefixChars)) is var start && token.Prefix.AsSpan().StartsWith(start, StringComparison.Ordinal));

    /// <summary>Ends the tokens with a name or a beginning, everywhere within a second or two, open connections included.</summary>
    /// <returns>Those that it ended; none: there is no such token.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    public IReadOnlyList<ApiToken> RevokeTokens(string nameOrPrefix, string actor = ServerActor)
    {
        PollSafely();
        (int Key, ApiToken Token)[] found;
        lock (_gate) found = [.. _tokensByKey.Where(t => IsNamed(t.Value.Token, nameOrPrefix)).Select(static t => (t.Key, t.Value.Token))];
        if (found.Length == 0) return [];
        Write(transaction =>
        {
            Instant now = Instant.Now(_clock);
            foreach ((int key, ApiToken token) in found)
            {
                transaction.RevokeToken(key, now);
                transaction.Audit(AuditEntry.Of(now, actor, AuditAction.TokenRevoked, token.Name, ("prefix", token.Prefix)));
            }
            return true;
        });
        return [.. found.Select(static f => f.Token)];
    }
}

/// <summary>A token as lists show it.</summary>
/// <param name="Name">For people; several tokens may have the same.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Scope">Whose data.</param>
/// <param name="Prefix">How its text begins, enough to tell it from others; empty for tokens of older versions.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record ApiToken(string Name, Role Role, Scope Scope, string Prefix, Instant CreatedAt);
