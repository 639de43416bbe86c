[assembly: AssemblyFixture(typeof(PlainPostgresServer))]
[assembly: AssemblyFixture(typeof(TimescaleServer))]
