[assembly: AssemblyFixture(typeof(PlainPostgresServer))]
