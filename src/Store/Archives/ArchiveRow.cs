using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tracking.Store.Archives;

/// <summary>The form of a row in an archive: a JSON object on a line of its own, with every column in the order of the table.</summary>
internal static class ArchiveRow
{
    public static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Utf8JsonWriter json, ArchiveTable table, object?[] row)
    {
        json.WriteStartObject();
        for (int i = 0; i < row.Length; i++)
        {
            ArchiveColumn column = table.Columns[i];
            json.WritePropertyName(column.Name);
            switch (row[i])
            {
                case null: json.WriteNullValue(); break;
                case long number: json.WriteNumberValue(number); break;
                case float number: json.WriteNumberValue(number); break;
                case bool flag: json.WriteBooleanValue(flag); break;
                case string text: json.WriteStringValue(text); break;
                case byte[] text when column.Kind == ColumnKind.Utf8: json.WriteStringValue(text); break;
                case byte[] bytes: json.WriteBase64StringValue(bytes); break;
                case string[] words: WriteWords(json, words); break;
                default: throw new InvalidOperationException($"{table.Name}.{column.Name} holds a {row[i]!.GetType()}.");
            }
        }
        json.WriteEndObject();
    }

    private static void WriteWords(Utf8JsonWriter json, string[] words)
    {
        json.WriteStartArray();
        foreach (string word in words) json.WriteStringValue(word);
        json.WriteEndArray();
    }

    /// <exception cref="InvalidDataException">The line is no row of the table.</exception>
    public static object?[] Read(ReadOnlySpan<byte> line, ArchiveTable table)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            var row = new object?[table.Columns.Length];
            json.Read();
            for (int i = 0; i < row.Length; i++)
            {
                if (!json.Read() || json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals(table.Columns[i].Name))
                    throw new InvalidDataException($"A row of {table.Name} has no {table.Columns[i].Name} at its place.");
                json.Read();
                row[i] = json.TokenType == JsonTokenType.Null ? null : Cell(ref json, table.Columns[i].Kind);
            }
            if (!json.Read() || json.TokenType != JsonTokenType.EndObject) throw new InvalidDataException($"A row of {table.Name} has more than its columns.");
            return row;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"A row of {table.Name} cannot be read: {e.Message}", e);
        }
    }

    private static object Cell(ref Utf8JsonReader json, ColumnKind kind) => kind switch
    {
        ColumnKind.Flag => json.GetBoolean(),
        ColumnKind.Number => json.GetSingle(),
        ColumnKind.Text => json.GetString()!,
        ColumnKind.Utf8 => Encoding.UTF8.GetBytes(json.GetString()!),
        ColumnKind.Bytes => json.GetBytesFromBase64(),
        ColumnKind.Words => Words(ref json),
        _ => json.GetInt64(),
    };

    private static string[] Words(ref Utf8JsonReader json)
    {
        var words = new List<string>();
        while (json.Read() && json.TokenType == JsonTokenType.String) words.Add(json.GetString()!);
        return [.. words];
    }
}

/// <summary>Writes rows as lines.</summary>
internal sealed class RowWriter(Stream to, ArchiveTable table) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(to, ArchiveRow.Readable);

    /// <summary>How many rows were written.</summary>
    public long Count { get; private set; }

    public void Add(object?[] row)
    {
        ArchiveRow.Write(_json, table, row);
        _json.Flush();
        _json.Reset();
        to.WriteByte((byte)'\n');
        Count++;
    }

    public void Dispose() => _json.Dispose();
}

/// <summary>Reads lines, of any length.</summary>
internal sealed class LineReader(Stream from)
{
    private byte[] _buffer = new byte[64 << 10];
    private int _begin, _end;

    /// <summary>The next line without its end; false: there is none. Valid until the next one is read.</summary>
    /// <exception cref="InvalidDataException">The last line has no end.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_begin, _end - _begin).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsSpan(_begin, length);
                _begin += length + 1;
                return true;
            }
            if (_begin > 0) _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            (_begin, _end) = (0, _end - _begin);
            if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            int read = from.Read(_buffer, _end, _buffer.Length - _end);
            if (read > 0)
            {
                _end += read;
                continue;
            }
            line = default;
            return _end == 0 ? false : throw new InvalidDataException("The last line is cut off.");
        }
    }
}
