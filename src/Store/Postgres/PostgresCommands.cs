using Npgsql;
using NpgsqlTypes;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>Makes commands with positional parameters, and reads the types that PostgreSQL does not have.</summary>
internal static class PostgresCommands
{
    /// <summary>A command whose parameters <c>$1</c>, <c>$2</c> … have these values; an <see cref="Instant"/> is a timestamp, null is null.</summary>
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (object? value in values) command.Parameters.Add(Parameter(value));
        return command;
    }

    /// <summary>Runs a command and gives how many rows it changed.</summary>
    public static int Run(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using NpgsqlCommand command = connection.Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs a command and gives the first column of its first row; null: there is none.</summary>
    public static object? Ask(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using NpgsqlCommand command = connection.Command(sql, values);
        return command.ExecuteScalar();
    }

    /// <summary>Tells the other nodes, when the transaction commits, that there is something new.</summary>
    public static void Notify(this NpgsqlConnection connection, PostgresDatabase database, string topic) =>
        connection.Ask("SELECT pg_notify($1, $2)", database.Schema, PostgresNotices.PayloadOf(topic, database));

    public static Instant InstantAt(this NpgsqlDataReader row, int column) => FixRows.InstantOf(row.GetFieldValue<long>(column));

    public static byte[]? BytesOrNullAt(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    private static NpgsqlParameter Parameter(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        Instant instant => new NpgsqlParameter<long> { TypedValue = FixRows.MicrosOf(instant), NpgsqlDbType = NpgsqlDbType.TimestampTz },
        string text => new NpgsqlParameter<string> { TypedValue = Fit(text) },
        ReadOnlyMemory<byte>[] bytes => new NpgsqlParameter<ReadOnlyMemory<byte>[]> { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
        Instant[] instants => new NpgsqlParameter<long[]> { TypedValue = Array.ConvertAll(instants, FixRows.MicrosOf), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
        _ => new NpgsqlParameter { Value = value },
    };

    // A text in PostgreSQL has neither the character 0 nor halves of a pair; names of people and things may be sent with either.
    internal static string Fit(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal)) text = text.Replace('\0', '\uFFFD');
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        return string.Concat(text.EnumerateRunes().Select(static rune => rune.ToString()));
    }
}
