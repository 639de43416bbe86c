using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.LiveMap.Api;

/// <summary>The camelCase names of enum values, made once.</summary>
internal static class Names
{
    private static readonly string[] Statuses = Make<SignalStatus>();
    private static readonly string[] Motions = Make<Motion>();
    private static readonly string[] Outcomes = Make<FixOutcome>();
    private static readonly string[] Protocols = Make<Protocol>();

    /// <summary>Statuses, in the order of their values.</summary>
    public static ReadOnlySpan<string> AllStatuses => Statuses;

    public static string Of(SignalStatus status) => Statuses[(int)status];

    public static string Of(Motion motion) => Motions[(int)motion];

    public static string Of(FixOutcome outcome) => Outcomes[(int)outcome];

    public static string Of(Protocol protocol) => Protocols[(int)protocol];

    private static string[] Make<TEnum>() where TEnum : struct, Enum =>
        [.. Enum.GetNames<TEnum>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
}
