using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Tracking.Contracts;

namespace Tracking.Ingest.Decoding;

/// <summary>
/// The OsmAnd form as Traccar Client and many others send it: one fix in the parameters of a query or form. The secret, when
/// there is one, is found in <see cref="FindSecret"/> and never among the attributes.
/// </summary>
internal static partial class OsmAndDecoder
{
    private const double MpsPerKnot = 1852.0 / 3600.0;
    private const int MaxValueBytes = 480;

    /// <summary>Reads parameters into one item; a text without any parameter is malformed.</summary>
    public static void Decode(ReadOnlySpan<byte> parameters, in DecodeContext context, DecodedBatch batch)
    {
        if (!batch.TryAdd(out int index)) return;
        var draft = new FixDraft();
        batch.Attributes.Clear();
        bool any = false;
        DeviceEventKind? told = null;
        for (ReadOnlySpan<byte> rest = parameters; TryNext(ref rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value);)
        {
            any = true;
            if (value.Length > MaxValueBytes) continue;
            ReadOnlySpan<byte> text = Unescape(value, batch.Scratch);
            if (text.IsEmpty) continue;
            if (name.SequenceEqual("alarm"u8)) told = Words.AlarmEvent(text);
            Set(ref draft, name, text, context, batch);
        }
        if (!any)
        {
            batch.Fail(new Flaw { Kind = FlawKind.Malformed, Field = "query", Number = double.NaN, Text = batch.Keep("empty"u8) });
            return;
        }
        if (!draft.HasFixedAt && draft.Flaw.Kind == FlawKind.None) draft.SetFixedAt(context.ReceivedAt);
        ref DecodedItem item = ref batch[index];
        item.Raw = new TextSlice(0, parameters.Length);
        draft.Finish(ref item, context, batch);
        if (told is { } kind) DeviceEventDraft.TryAddBeside(index, kind, context, batch);
    }

    /// <summary>The secret among the parameters, without escapes; empty: none.</summary>
    public static ReadOnlySpan<byte> FindSecret(ReadOnlySpan<byte> parameters, Span<byte> room)
    {
        for (ReadOnlySpan<byte> rest = parameters; TryNext(ref rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value);)
            if (name.SequenceEqual("secret"u8) && value.Length <= room.Length) return Unescape(value, room);
        return default;
    }

    private static void Set(ref FixDraft draft, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, in DecodeContext context, DecodedBatch batch)
    {
        switch (name)
        {
            case [(byte)'i', (byte)'d']:
            case [(byte)'d', (byte)'e', (byte)'v', (byte)'i', (byte)'c', (byte)'e', (byte)'i', (byte)'d']:
                if (text.Length > 128) draft.Complain(FlawKind.TooLong, "deviceId");
                else draft.DeviceId = batch.Keep(text);
                return;
            case [(byte)'s', (byte)'e', (byte)'c', (byte)'r', (byte)'e', (byte)'t']:
                return;
        }
        if (name.SequenceEqual("lat"u8)) draft.SetLatitude(Coordinate(ref draft, "latitude", text, batch));
        else if (name.SequenceEqual("lon"u8)) draft.SetLongitude(Coordinate(ref draft, "longitude", text, batch));
        else if (name.SequenceEqual("location"u8)) SetLocation(ref draft, text, batch);
        else if (name.SequenceEqual("timestamp"u8)) SetTime(ref draft, text, batch);
        else if (name.SequenceEqual("speed"u8)) draft.SpeedMps = NotNegative(text) * MpsPerKnot;
        else if (name.SequenceEqual("bearing"u8) || name.SequenceEqual("heading"u8)) draft.CourseDeg = NotNegative(text);
        else if (name.SequenceEqual("altitude"u8)) draft.AltitudeM = JsonInput.TryNumber(text, out double altitude) ? altitude : double.NaN;
        else if (name.SequenceEqual("accuracy"u8)) draft.AccuracyM = NotNegative(text);
        else if (name.SequenceEqual("batt"u8)) draft.BatteryPct = NotNegative(text);
        else SetRest(ref draft, name, text, batch);
    }

    private static void SetRest(ref FixDraft draft, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, DecodedBatch batch)
    {
        if (name.SequenceEqual("charge"u8) && Words.TryBoolean(text, out bool charging)) draft.SetCharging(charging);
        else if (name.SequenceEqual("mock"u8) && Words.TryBoolean(text, out bool mock)) draft.SetTrait(FixTraits.Mock, mock);
        else if (name.SequenceEqual("valid"u8) && Words.TryBoolean(text, out bool valid)) draft.SetTrait(FixTraits.DeclaredInvalid, !valid);
        else if (name.SequenceEqual("crs"u8)) draft.SetCrs(text, batch);
        else if (name.SequenceEqual("hdop"u8) && JsonInput.TryNumber(text, out double hdop)) batch.Attributes.AddNumber(name, hdop);
        else if (name.SequenceEqual("alarm"u8) && (draft.Alarm = Words.Alarm(text)) != DeviceAlarm.Other) return;
        else batch.Attributes.AddText(name, text);
    }

    private static double Coordinate(ref FixDraft draft, string field, ReadOnlySpan<byte> text, DecodedBatch batch)
    {
        if (JsonInput.TryNumber(text, out double degrees)) return degrees;
        draft.Complain(FlawKind.WrongType, field, text, batch);
        return double.NaN;
    }

    private static void SetLocation(ref FixDraft draft, ReadOnlySpan<byte> text, DecodedBatch batch)
    {
        int comma = text.IndexOf((byte)',');
        if (comma < 0)
        {
            draft.Complain(FlawKind.WrongType, "location", text, batch);
            return;
        }
        draft.SetLatitude(Coordinate(ref draft, "latitude", text[..comma].Trim((byte)' '), batch));
        draft.SetLongitude(Coordinate(ref draft, "longitude", text[(comma + 1)..].Trim((byte)' '), batch));
    }

    private static double NotNegative(ReadOnlySpan<byte> text) =>
        JsonInput.TryNumber(text, out double number) && number >= 0 ? number : double.NaN;

    private static void SetTime(ref FixDraft draft, ReadOnlySpan<byte> text, DecodedBatch batch)
    {
        if (Utf8Parser.TryParse(text, out long number, out int used) && used == text.Length)
        {
            double epochMs = number < 1L << 31 ? number * 1000.0 : number;
            draft.SetFixedAt(epochMs);
            return;
        }
        if (text.Contains((byte)'T'))
        {
            draft.SetFixedAt(text, batch);
            return;
        }
        Span<char> chars = stackalloc char[19];
        if (text.Length == 19 && Ascii.IsValid(text) && Encoding.ASCII.TryGetChars(text, chars, out _) && DateTime.TryParseExact(chars,
            "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time))
            draft.SetFixedAt(Instant.From(time));
        else
            draft.Complain(FlawKind.WrongType, "timestamp", text, batch);
    }

    /// <summary>The next parameter; names come as they are, since the known ones need no escapes.</summary>
    private static bool TryNext(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'&');
            ReadOnlySpan<byte> pair = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            int equals = pair.IndexOf((byte)'=');
            if (equals <= 0) continue;
            name = pair[..equals];
            value = pair[(equals + 1)..];
            return true;
        }
        name = value = default;
        return false;
    }

    /// <summary>Undoes <c>+</c> and <c>%XX</c>; a percent sign without two digits stands for itself.</summary>
    private static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> text, Span<byte> room)
    {
        if (text.IndexOfAny((byte)'%', (byte)'+') < 0) return text;
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            if (b == (byte)'%' && i + 2 < text.Length && Utf8Parser.TryParse(text.Slice(i + 1, 2), out byte code, out int used, 'X') && used == 2)
            {
                b = code;
                i += 2;
            }
            else if (b == (byte)'+')
            {
                b = (byte)' ';
            }
            room[length++] = b;
        }
        return room[..length];
    }
}
