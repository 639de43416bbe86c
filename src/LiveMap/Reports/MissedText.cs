using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.LiveMap.Reports;

/// <summary>What is said of planned visits that nobody made.</summary>
internal static class MissedText
{
    /// <summary>The sentence of a missed visit.</summary>
    public static LocalText Of(string rep, string place, DaySpan span, int required, int done, int times)
    {
        (string en, string zh) = times > 1 ? ($", {times} times in a row", $"，已连续 {times} 次") : ("", "");
        if (span.Days == 1)
            return new($"{rep} did not visit {place} on {Text(span.Begin)} as planned{en}", ChineseText.Join(rep, $"未按计划于 {Text(span.Begin)} 拜访", place) + zh);
        return new($"{place} was visited {done} of {required} times from {Text(span.Begin)} to {Text(span.End)}, by the plan of {rep}{en}",
            ChineseText.Join(rep, "负责的", place, $"在 {Text(span.Begin)} 至 {Text(span.End)} 期间应拜访 {required} 次，实际 {done} 次") + zh);
    }

    /// <summary>The sentence that takes it back.</summary>
    public static LocalText Retracted(string rep, string place, DateOnly date) =>
        new($"{rep} did visit {place} after all, by fixes that came later: nothing was missed on {Text(date)}",
            ChineseText.Join("补传的定位显示", rep, "已拜访", place) + $"，{Text(date)} 的漏访提醒作废");

    /// <summary>What belongs to the alert.</summary>
    public static JsonElement Data(string planId, DaySpan span, int required, int done, int times)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("planId"u8, planId);
            json.WriteString("from"u8, Text(span.Begin));
            json.WriteString("to"u8, Text(span.End));
            json.WriteNumber("required"u8, required);
            json.WriteNumber("done"u8, done);
            json.WriteNumber("times"u8, times);
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
