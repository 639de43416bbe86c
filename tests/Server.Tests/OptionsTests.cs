using System.Net;
using Microsoft.Extensions.Configuration;
using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Server.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1", 8080)]
    [InlineData("localhost:0", "127.0.0.1", 0)]
    [InlineData("*:5055", "0.0.0.0", 5055)]
    [InlineData("[::1]:80", "::1", 80)]
    public void Addresses_are_read(string text, string address, int port) =>
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), port), Listening.Parse("Tracking:Http", text).EndPoint);

    [Theory]
    [InlineData("8080")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("some.host:80")]
    [InlineData("")]
    public void Wrong_addresses_are_refused_with_key_and_value(string text)
    {
        Complaint complaint = Assert.Throws<Complaint>(() => Listening.Parse("Tracking:Udp", text));
        Assert.Contains("Tracking:Udp", complaint.Message, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", complaint.Message, StringComparison.Ordinal);
        Assert.Equal(2, complaint.ExitCode);
    }

    [Theory]
    [InlineData("AutoEnrol", "perhaps")]
    [InlineData("MaxBodyBytes", "many")]
    [InlineData("MaxConnections", "0")]
    [InlineData("LogLevel", "Loud")]
    [InlineData("Store", "Hots=db")]
    [InlineData("Store", "Database=nowhere")]
    [InlineData("Roles", "viewer")]
    [InlineData("Roles", "live")]
    public void Wrong_values_are_refused_with_their_key(string key, string value)
    {
        Complaint complaint = Assert.Throws<Complaint>(() => ServerOptions.Read(Of(($"Tracking:{key}", value))));
        Assert.Contains($"Tracking:{key}", complaint.Message, StringComparison.Ordinal);
        Assert.Equal(2, complaint.ExitCode);
    }

    [Theory]
    [InlineData("Tracking:Htpp", "127.0.0.1:1", "Htpp")]
    [InlineData("Tracking:Silo:Partitions", "none", "Partitions")]
    [InlineData("Tracking:Silo:Partitions", "0", "Partitions")]
    [InlineData("Tracking:Tracker:Signal:LostMinimum", "-00:01:00", "LostMinimum")]
    [InlineData("Tracking:Tracker:Signal:Lost", "00:01:00", "Lost")]
    [InlineData("Tracking:Groups:north:Tracker:Signal:LostMinimum", "-00:01:00", "Tracking:Groups:north:Tracker:Signal:LostMinimum")]
    [InlineData("Tracking:Groups:north/vienna:Tracker:Stops:StopMinimum", "soon", "Tracking:Groups:north/vienna:Tracker:Stops:StopMinimum")]
    [InlineData("Tracking:Groups:north:Signal:LostMinimum", "00:01:00", "Tracking:Groups:north:Signal")]
    [InlineData("Tracking:Reps:ann:Tracker:Mock:SuspectAt", "2", "Tracking:Reps:ann:Tracker:Mock:SuspectAt (2)")]
    [InlineData("Tracking:Reps:ann:Tracker:Mock:Suspect", "0.5", "Suspect")]
    [InlineData("Tracking:LiveMap:Language", "fr", "Language")]
    [InlineData("Tracking:Redis", "nowhere", "Tracking:Redis")]
    [InlineData("Tracking:RedisLink:Prefix", "all*", "RedisLink:Prefix")]
    [InlineData("Tracking:RedisLink:Timeout", "00:00:00", "RedisLink:Timeout")]
    public void Wrong_settings_of_parts_are_refused_with_their_key(string key, string value, string named)
    {
        IConfigurationRoot configuration = Of((key, value));
        Complaint complaint = Assert.Throws<Complaint>(() => PartOptions.Read(configuration, ServerOptions.Read(configuration)));
        Assert.Contains(named, complaint.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_reach_the_parts()
    {
        IConfigurationRoot configuration = Of(("Tracking:Tracker:Signal:LostMinimum", "00:05:00"), ("Tracking:Silo:Partitions", "3"), ("Tracking:AutoEnrol", "true"));
        PartOptions parts = PartOptions.Read(configuration, ServerOptions.Read(configuration));
        Assert.Equal(TimeSpan.FromMinutes(5), parts.Silo.Tracker.Everyone.Signal.LostMinimum);
        Assert.Equal(3, parts.Silo.Partitions);
        Assert.True(parts.Ingest.AutoEnrol);
    }

    [Fact]
    public void A_group_and_a_rep_change_only_the_keys_that_they_name()
    {
        IConfigurationRoot configuration = Of(
            ("Tracking:Tracker:Stops:StopRadiusM", "70"), ("Tracking:Groups:north:Tracker:Stops:TripMinimumM", "300"),
            ("Tracking:Groups:north/vienna:Tracker:Behaviour:SpeedLimitMps", "36"), ("Tracking:Reps:ann:Tracker:Admission:ImpossibleSpeedMps", "300"));
        RepOptions rules = PartOptions.Read(configuration, ServerOptions.Read(configuration)).Silo.Tracker;
        TrackerOptions ann = rules.Of(new Rep(1, "ann", "Ann", "north/vienna", "UTC")), bob = rules.Of(new Rep(2, "bob", "Bob", "south", "UTC"));
        Assert.Equal((70, 300, 36, 300), (ann.Stops.StopRadiusM, ann.Stops.TripMinimumM, ann.Behaviour.SpeedLimitMps, ann.Admission.ImpossibleSpeedMps));
        Assert.Equal((70, 200, null, 70), (bob.Stops.StopRadiusM, bob.Stops.TripMinimumM, bob.Behaviour.SpeedLimitMps, bob.Admission.ImpossibleSpeedMps));
    }

    [Theory]
    [InlineData("Store", "Host=db", "--redis")]
    [InlineData("Redis", "127.0.0.1:6379", "--store")]
    public void A_node_for_viewers_only_is_told_what_it_lacks(string given, string value, string missing)
    {
        Complaint complaint = Assert.Throws<Complaint>(() => ServerOptions.Read(Of(("Tracking:Roles", "live"), ($"Tracking:{given}", value))));
        Assert.EndsWith($"({missing}).", complaint.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_of_redis_is_not_shown()
    {
        IConfigurationRoot configuration = Of(("Tracking:Redis", "nowhere,password=secret"));
        Complaint complaint = Assert.Throws<Complaint>(() => PartOptions.Read(configuration, ServerOptions.Read(configuration)));
        Assert.DoesNotContain("secret", complaint.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_in_the_data_folder_is_read_and_options_win()
    {
        using var folder = new TemporaryFolder();
        folder.Write("appsettings.json", """{"Tracking":{"Http":"127.0.0.1:1111","Devices":"127.0.0.1:2222"}}""");
        ServerOptions options = ServerOptions.Read(ServerConfiguration.Build([new("Tracking:Data", folder.Path), new("Tracking:Http", "127.0.0.1:3333")]));
        Assert.Equal(3333, options.Http.EndPoint.Port);
        Assert.Equal(2222, options.Devices.EndPoint.Port);
    }

    [Fact]
    public void A_broken_file_is_named()
    {
        using var folder = new TemporaryFolder();
        folder.Write("appsettings.json", "{\"Tracking\":");
        Complaint complaint = Assert.Throws<Complaint>(() => ServerConfiguration.Build([new("Tracking:Data", folder.Path)]));
        Assert.Contains("appsettings.json", complaint.Message, StringComparison.Ordinal);
    }

    private static IConfigurationRoot Of(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static s => new KeyValuePair<string, string?>(s.Key, s.Value))).Build();
}
