namespace Tracking.Contracts.Tests;

public sealed class GeoPointTests
{
    [Theory]
    [InlineData(48.12304876, 16.60983464)]
    [InlineData(-90, -180)]
    [InlineData(89.99999999, 179.99999996)]
    [InlineData(0, 0)]
    public void Quantising_moves_less_than_half_a_quantum_and_is_idempotent(double latitudeDeg, double longitudeDeg)
    {
        GeoPoint point = new GeoPoint(latitudeDeg, longitudeDeg).Quantised();

        Assert.InRange(Math.Abs(point.LatitudeDeg - latitudeDeg), 0, GeoPoint.QuantumDeg * 0.500001);
        Assert.InRange(Math.Abs(point.LongitudeDeg - longitudeDeg), 0, GeoPoint.QuantumDeg * 0.500001);
        Assert.Equal(point, point.Quantised());
    }

    [Theory]
    [InlineData(double.NaN, 0, false)]
    [InlineData(0, double.PositiveInfinity, false)]
    [InlineData(90.0000001, 0, false)]
    [InlineData(0, -180.0000001, false)]
    [InlineData(-90, 180, true)]
    public void Only_numbers_on_the_globe_are_valid(double latitudeDeg, double longitudeDeg, bool valid) =>
        Assert.Equal(valid, new GeoPoint(latitudeDeg, longitudeDeg).IsValid);
}
