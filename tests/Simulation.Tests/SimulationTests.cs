namespace Tracking.Simulation.Tests;

/// <summary>Many seeds; a failure names its seed, and <c>dotnet run --project tests/Simulation.Tests -- replay SEED</c> tells its story.</summary>
public class SimulationTests
{
    [Fact]
    public void Nothing_is_lost_or_doubled_in_a_thousand_half_hours_of_failures()
    {
        string? failure = Soak.Run(1, 1000, TimeSpan.FromSeconds(45), out long runs, out int crashes);
        Assert.True(failure is null, failure);
        Assert.True(runs > 20 && crashes > runs / 4, $"{runs} runs, {crashes} crashes");
    }

    [Fact]
    public void A_seed_runs_the_same_every_time()
    {
        for (ulong seed = 1; seed <= 5; seed++) Assert.Equal(Simulation.Run(seed), Simulation.Run(seed));
    }

    [Theory]
    [InlineData("AcknowledgeEarly")]
    [InlineData("LoseFixes")]
    [InlineData("LoseLate")]
    public void A_known_bug_is_found_within_a_hundred_seeds(string bug)
    {
        for (ulong seed = 1; seed <= 100; seed++)
        {
            if (Simulation.Run(seed, Enum.Parse<KnownBug>(bug)).Failure is not null) return;
        }
        Assert.Fail($"{bug} was not found");
    }
}
