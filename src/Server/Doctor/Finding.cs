namespace Tracking.Server.Doctor;

/// <summary>How something is.</summary>
internal enum Health
{
    /// <summary>As it should be.</summary>
    Good,
    /// <summary>Works, but should be mended.</summary>
    Warning,
    /// <summary>The server does not work like this.</summary>
    Bad,
}

/// <summary>What the doctor found.</summary>
/// <param name="Health">How it is.</param>
/// <param name="Subject">What was looked at.</param>
/// <param name="Text">What was found.</param>
/// <param name="Mend">How to mend it; null: nothing to mend.</param>
internal sealed record Finding(Health Health, string Subject, string Text, string? Mend = null);
