namespace Tracking.Tracker.Tests;

public class LocalDayTests
{
    [Theory]
    [InlineData("2026-03-29", "Europe/Vienna", 23)]
    [InlineData("2026-10-25", "Europe/Vienna", 25)]
    [InlineData("2026-06-01", "Europe/Vienna", 24)]
    [InlineData("2026-04-05", "Australia/Lord_Howe", 24.5)]
    [InlineData("2018-11-04", "America/Sao_Paulo", 23)]
    [InlineData("2018-02-17", "America/Sao_Paulo", 25)]
    [InlineData("2026-06-01", "Nowhere/Land", 24)]
    public void A_day_is_as_long_as_its_zone_makes_it(string date, string zone, double hours)
    {
        var day = LocalDay.Of(DateOnly.Parse(date), zone);
        Assert.Equal(hours, (day.End - day.Begin).TotalHours);
        Assert.Equal(DateOnly.Parse(date), LocalDay.DateAt(day.Begin, zone));
        Assert.Equal(DateOnly.Parse(date), LocalDay.DateAt(day.End - TimeSpan.FromMilliseconds(1), zone));
        Assert.Equal(DateOnly.Parse(date).AddDays(1), LocalDay.DateAt(day.End, zone));
    }
}
