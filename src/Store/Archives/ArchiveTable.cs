namespace Tracking.Store.Archives;

/// <summary>What a column of an archive holds, and in which types the stores keep it.</summary>
internal enum ColumnKind
{
    /// <summary>A whole number; 16 bits in PostgreSQL.</summary>
    Short,
    /// <summary>A whole number; 32 bits in PostgreSQL.</summary>
    Int,
    /// <summary>A whole number.</summary>
    Long,
    /// <summary>Yes or no.</summary>
    Flag,
    /// <summary>An instant; milliseconds since 1970.</summary>
    Time,
    /// <summary>Text.</summary>
    Text,
    /// <summary>Words; joined by commas in SQLite.</summary>
    Words,
    /// <summary>Text that the stores keep as bytes.</summary>
    Utf8,
    /// <summary>Bytes.</summary>
    Bytes,
    /// <summary>A number in single precision.</summary>
    Number,
}

/// <summary>A column of an archive.</summary>
/// <param name="Name">In the archive.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Sqlite">Its name in SQLite.</param>
/// <param name="Postgres">Its name in PostgreSQL.</param>
internal sealed record ArchiveColumn(string Name, ColumnKind Kind, string Sqlite, string Postgres)
{
    public ArchiveColumn(string name, ColumnKind kind) : this(name, kind, name, name) { }
}

/// <summary>
/// A table that both stores have, and how it is called there. Rows are arrays of cells in the order of the columns: null, a
/// <see cref="long"/> for whole numbers and instants, a <see cref="float"/>, a <see cref="bool"/>, a <see cref="string"/>, a <see cref="string"/> array or a <see cref="byte"/> array.
/// </summary>
/// <param name="Name">In the archive.</param>
/// <param name="SqliteFile">The file that holds it in an embedded store.</param>
/// <param name="SqliteTable">Its name there.</param>
/// <param name="PostgresTable">Its name in PostgreSQL.</param>
/// <param name="SqliteOrder">The columns that order it, by bytes.</param>
/// <param name="PostgresOrder">The same for PostgreSQL.</param>
/// <param name="Columns">All of them.</param>
internal sealed partial record ArchiveTable(
    string Name, string SqliteFile, string SqliteTable, string PostgresTable, string SqliteOrder, string PostgresOrder, params ArchiveColumn[] Columns)
{
    public const string RegistryFile = "tracking.db", AlertFile = "alerts.db", SubscriptionFile = "subscriptions.db", TrackFile = "tracks.db",
        QuarantineFile = "quarantine.db";

    /// <summary>The file of the archive.</summary>
    public string FileName => Name + ".ndjson";

    /// <summary>Reads all rows from SQLite, in order.</summary>
    public string SqliteSelect
    {
        get => field ?? $"SELECT {string.Join(", ", Columns.Select(static c => c.Sqlite))} FROM {SqliteTable} ORDER BY {SqliteOrder}";
        init;
    }

    /// <summary>Writes a row into SQLite; parameters in the order of the columns.</summary>
    public string SqliteInsert
    {
        get => field ?? $"INSERT INTO {SqliteTable}({string.Join(", ", Columns.Select(static c => c.Sqlite))}) VALUES({string.Join(", ", Columns.Select(static (_, i) => $"?{i + 1}"))})";
        init;
    }

    /// <summary>The columns in PostgreSQL.</summary>
    public string PostgresColumns => string.Join(", ", Columns.Select(static c => c.Postgres));
}
