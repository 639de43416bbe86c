using SQLitePCL;

namespace Tracking.Store.Sqlite;

/// <summary>A prepared statement. Parameters count from 1, columns from 0, as in SQLite itself.</summary>
internal sealed class SqliteStatement(SqliteFile file, sqlite3_stmt statement) : IDisposable
{
    public SqliteStatement Bind(int index, long value) => Check(raw.sqlite3_bind_int64(statement, index, value));

    public SqliteStatement Bind(int index, double value) => Check(raw.sqlite3_bind_double(statement, index, value));

    public SqliteStatement Bind(int index, string? text) =>
        Check(text is null ? raw.sqlite3_bind_null(statement, index) : raw.sqlite3_bind_text(statement, index, text));

    /// <summary>Binds bytes; SQLite copies them. An empty span is an empty blob.</summary>
    public SqliteStatement BindBlob(int index, ReadOnlySpan<byte> bytes) =>
        Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, index, 0) : raw.sqlite3_bind_blob(statement, index, bytes));

    public SqliteStatement BindNull(int index) => Check(raw.sqlite3_bind_null(statement, index));

    /// <summary>Goes to the next row; false, and ready to run again, when there is none.</summary>
    public bool Step()
    {
        int code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW) return true;
        StoreUnavailableException? failure = code == raw.SQLITE_DONE ? null : file.Failure(code);
        raw.sqlite3_reset(statement);
        return failure is null ? false : throw failure;
    }

    /// <summary>Runs to the end and makes ready to run again.</summary>
    public void Run()
    {
        while (Step()) { }
    }

    /// <summary>Leaves a query before its end; needed, or its read transaction stays open.</summary>
    public void Reset() => raw.sqlite3_reset(statement);

    public long Int64(int column) => raw.sqlite3_column_int64(statement, column);

    public int Int32(int column) => raw.sqlite3_column_int(statement, column);

    public double Double(int column) => raw.sqlite3_column_double(statement, column);

    public string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string() ?? "";

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>A column's bytes, valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    private SqliteStatement Check(int code) => code == raw.SQLITE_OK ? this : throw file.Failure(code);

    public void Dispose() => raw.sqlite3_finalize(statement);
}
