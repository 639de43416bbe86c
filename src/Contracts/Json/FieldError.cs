namespace Tracking.Contracts;

/// <summary>What is wrong with one field of a request; becomes an entry of <c>errors</c> in a problem document.</summary>
/// <param name="Field">Its path, such as <c>features[3].properties.radiusM</c>; empty: the whole document.</param>
/// <param name="Message">What is wrong, and what would be right.</param>
/// <param name="Value">What stood there, cut to 100 characters; null: nothing.</param>
public sealed record FieldError(string Field, string Message, string? Value = null);

/// <summary>Collects field errors up to a limit, so that a large document full of them stays cheap.</summary>
internal sealed class FieldErrors
{
    private const int MaxErrors = 100;
    private const int MaxValueChars = 100;
    private readonly List<FieldError> _errors = [];

    public IReadOnlyList<FieldError> All => _errors;

    public int Count => _errors.Count;

    public bool IsFull => _errors.Count >= MaxErrors;

    public void Add(string field, string message, string? value = null)
    {
        if (IsFull) return;
        if (value?.Length > MaxValueChars) value = string.Concat(value.AsSpan(0, MaxValueChars - 1), "…");
        _errors.Add(new FieldError(field, message, value));
    }
}
