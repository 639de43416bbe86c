using Npgsql;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>Opening a database and bringing its schema up to date, on plain PostgreSQL.</summary>
public class PostgresDatabaseTests(PlainPostgresServer server) : IAsyncLifetime
{
    private string _connection = "";

    protected virtual PostgresServer Server => server;

    public async ValueTask InitializeAsync() => _connection = await Server.CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DropDatabaseAsync(_connection);
        GC.SuppressFinalize(this);
    }

    private Task<PostgresDatabase> OpenAsync(string schema = "tracking") =>
        PostgresDatabase.OpenAsync(new PostgresOptions { ConnectionString = _connection, Schema = schema }, cancel: TestContext.Current.CancellationToken);

    private static async Task<long> CountAsync(PostgresDatabase database, string sql)
    {
        await using NpgsqlCommand command = database.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    [Fact]
    public async Task Many_nodes_that_open_an_empty_database_at_once_migrate_it_once()
    {
        PostgresDatabase[] nodes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => OpenAsync())));
        Assert.True(await CountAsync(nodes[0], "SELECT count(*) FROM tracking.migration") > 0);
        Assert.Equal(0, await CountAsync(nodes[7], "SELECT count(*) FROM fixes"));
        Assert.All(nodes, n => Assert.True(n.ServerVersion.Major >= 15));
        foreach (PostgresDatabase node in nodes) await node.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_is_newer_than_the_program_is_refused()
    {
        await using (PostgresDatabase database = await OpenAsync())
        await using (NpgsqlCommand later = database.Source.CreateCommand("INSERT INTO migration(number, name) VALUES(9999, '9999_tomorrow')"))
            await later.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => OpenAsync());
        Assert.Contains("newer version of the program: it has migration 9999_tomorrow", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_schemas_of_one_database_are_two_stores()
    {
        await using PostgresDatabase one = await OpenAsync(), two = await OpenAsync("other_store");
        await CountAsync(one, "INSERT INTO node(name) VALUES('a') RETURNING sequence");
        Assert.Equal(0, await CountAsync(two, "SELECT count(*) FROM node"));
        Assert.Equal(1, await CountAsync(two, "SELECT count(*) FROM tracking.node"));
    }

    [Theory]
    [InlineData("Password=s3cret;Host=127.0.0.1;Port=s3cret")]
    [InlineData("Host=127.0.0.1;s3cret")]
    [InlineData("Password=s3cret")]
    [InlineData("Host=127.0.0.1;Password=s3cret;s3cret=1")]
    public async Task A_connection_string_that_cannot_be_read_is_not_quoted(string text)
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => PostgresDatabase.OpenAsync(new PostgresOptions { ConnectionString = text }, cancel: TestContext.Current.CancellationToken));
        Assert.DoesNotContain("s3cret", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tracking")]
    [InlineData("a;drop table x")]
    [InlineData("")]
    public async Task A_schema_name_that_needs_quotes_is_refused(string schema) => await Assert.ThrowsAsync<ArgumentException>(() => OpenAsync(schema));

    [Fact]
    public async Task A_server_that_is_not_there_is_named_without_the_password()
    {
        var options = new PostgresOptions { ConnectionString = "Host=127.0.0.1;Port=1;Username=tracking;Password=s3cret" };
        var gone = await Assert.ThrowsAsync<StoreUnavailableException>(() => PostgresDatabase.OpenAsync(options, cancel: TestContext.Current.CancellationToken));
        Assert.Contains("127.0.0.1", gone.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", gone.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_does_not_come_back_with_its_password()
    {
        _connection += ";Password=s3cret";
        await using PostgresDatabase database = await OpenAsync();
        Assert.DoesNotContain("s3cret", database.Source.ConnectionString, StringComparison.Ordinal);
    }
}
