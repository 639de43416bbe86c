namespace Tracking.Contracts.Tests;

public sealed class ScopeTests
{
    [Theory]
    [InlineData(null, "anna", "north/vienna", true)]
    [InlineData("rep:anna", "anna", "north", true)]
    [InlineData("rep:anna", "annabel", "north", false)]
    [InlineData("group:north", "anna", "north/vienna", true)]
    [InlineData("group:north", "anna", "northeast", false)]
    [InlineData("group:north/vienna", "anna", "north", false)]
    public void A_scope_covers_its_rep_or_its_subtree(string? text, string repId, string group, bool covers)
    {
        Assert.True(Scope.TryParse(text, out Scope scope));
        Assert.Equal(covers, scope.Covers(repId, group));
    }

    [Theory]
    [InlineData("north")]
    [InlineData("group:")]
    [InlineData("rep:")]
    public void A_scope_of_another_form_is_refused_and_covers_nothing(string text)
    {
        Assert.False(Scope.TryParse(text, out Scope scope));
        Assert.False(scope.Covers("north", "north"));
    }

    [Fact]
    public void A_gateway_sees_nothing()
    {
        var rep = new Rep(1, "anna", "Anna", "north", "Europe/Vienna");
        Assert.False(new Principal("g", Role.Gateway, Scope.All).CanSee(rep));
        Assert.True(new Principal("r", Role.Reader, Scope.All).CanSee(rep));
    }
}
