using Tracking.Store.Sqlite;

namespace Tracking.Store.Archives;

/// <summary>Reads and writes the tables of an archive in an SQLite file.</summary>
internal static class SqliteRows
{
    private const int RowsOfTransaction = 20_000;

    public static long Count(SqliteFile file, ArchiveTable table) => file.ReadLong($"SELECT count(*) FROM ({table.SqliteSelect})");

    public static void Read(SqliteFile file, ArchiveTable table, Action<object?[]> take)
    {
        var cells = new object?[table.Columns.Length];
        using SqliteStatement row = file.Prepare(table.SqliteSelect);
        while (row.Step())
        {
            for (int i = 0; i < cells.Length; i++) cells[i] = row.IsNull(i) ? null : Cell(row, i, table.Columns[i].Kind);
            take(cells);
        }
    }

    private static object Cell(SqliteStatement row, int column, ColumnKind kind) => kind switch
    {
        ColumnKind.Flag => row.Int64(column) != 0,
        ColumnKind.Number => (float)row.Double(column),
        ColumnKind.Text => row.Text(column),
        ColumnKind.Words => row.Text(column).Split(',', StringSplitOptions.RemoveEmptyEntries),
        ColumnKind.Utf8 or ColumnKind.Bytes => row.Blob(column).ToArray(),
        _ => row.Int64(column),
    };

    public static void Write(SqliteFile file, ArchiveTable table, IEnumerable<object?[]> rows)
    {
        using SqliteStatement insert = file.Prepare(table.SqliteInsert);
        int written = 0;
        file.Begin();
        try
        {
            foreach (object?[] row in rows)
            {
                for (int i = 0; i < row.Length; i++) Bind(insert, i + 1, row[i]);
                insert.Run();
                if (++written % RowsOfTransaction != 0) continue;
                file.Commit();
                file.Begin();
            }
            file.Commit();
        }
        finally
        {
            file.Rollback();
        }
    }

    private static void Bind(SqliteStatement insert, int index, object? cell) => _ = cell switch
    {
        long number => insert.Bind(index, number),
        float number => insert.Bind(index, (double)number),
        bool flag => insert.Bind(index, flag ? 1L : 0L),
        string text => insert.Bind(index, text),
        string[] words => insert.Bind(index, string.Join(',', words)),
        byte[] bytes => insert.BindBlob(index, bytes),
        _ => insert.BindNull(index),
    };
}
