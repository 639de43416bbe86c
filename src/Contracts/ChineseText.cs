using System.Text;

namespace Tracking.Contracts;

/// <summary>Chinese sentences with names in any script.</summary>
public static class ChineseText
{
    /// <summary>Joins parts of a sentence; a blank stands where Latin letters or digits meet Chinese ones, as is usual in print.</summary>
    public static string Join(params ReadOnlySpan<string> parts)
    {
        var sentence = new StringBuilder();
        foreach (string part in parts)
        {
            if (part.Length == 0) continue;
            if (sentence.Length > 0 && IsWide(sentence[^1]) != IsWide(part[0]) && !IsMark(sentence[^1]) && !IsMark(part[0])) sentence.Append(' ');
            sentence.Append(part);
        }
        return sentence.ToString();
    }

    /// <summary>From the CJK radicals up, full-width forms included.</summary>
    private static bool IsWide(char character) => character >= '\u2E80';

    private static bool IsMark(char character) => character is '，' or '：' or '（' or '）' or ' ';
}
