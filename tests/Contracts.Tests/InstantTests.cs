namespace Tracking.Contracts.Tests;

public sealed class InstantTests
{
    [Theory]
    [InlineData("2021-11-03T16:19:50Z", 1635956390000)]
    [InlineData("2021-11-03T17:19:50.5+01:00", 1635956390500)]
    [InlineData("2021-11-03 16:19:50", 1635956390000)]
    [InlineData("1969-12-31T23:59:59.999Z", -1)]
    public void Iso_8601_is_read_and_text_without_offset_is_utc(string text, long epochMs)
    {
        Assert.True(Instant.TryParse(text, out Instant instant));
        Assert.Equal(epochMs, instant.EpochMs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday-ish")]
    [InlineData("2021-13-03T16:19:50Z")]
    public void Other_text_is_refused(string text) => Assert.False(Instant.TryParse(text, out _));

    [Fact]
    public void Writing_and_reading_gives_the_same_instant()
    {
        foreach (Instant instant in new[] { Instant.Min, Instant.Max, new Instant(0), new Instant(1635956390123) })
        {
            Assert.True(Instant.TryParse(instant.ToString(), out Instant read));
            Assert.Equal(instant, read);
        }
    }

    [Fact]
    public void Instants_and_durations_add_up()
    {
        var began = new Instant(1_000);
        Assert.Equal(new Instant(61_000), began + TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(1), new Instant(61_000) - began);
        Assert.True(began < new Instant(1_001));
    }
}
