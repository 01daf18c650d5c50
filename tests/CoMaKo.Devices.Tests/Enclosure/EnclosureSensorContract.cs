namespace CoMaKo.Devices.Tests.Enclosure;

/// <summary>A sensor with somebody at its wires.</summary>
public interface ISensorBench : IDisposable
{
    IEnclosureSensor Sensor { get; }

    /// <summary>What it measures from now on.</summary>
    void Set(decimal celsius, decimal humidityPercent);

    /// <summary>Its next answers are damaged, until <see cref="Set"/>.</summary>
    void Damage();

    /// <summary>It is taken off, until <see cref="Set"/>.</summary>
    void TakeOff();
}

/// <summary>What every enclosure sensor does.</summary>
public abstract class EnclosureSensorContract
{
    protected abstract ISensorBench Create();

    [Theory]
    [InlineData(23.5, 41.2)]
    [InlineData(-12.3, 0)]
    [InlineData(71, 100)]
    public void Measure_InRange_IsWhatTheSensorMeasures(double celsius, double humidity)
    {
        using var bench = Create();
        bench.Set((decimal)celsius, (decimal)humidity);
        var climate = bench.Sensor.Measure();
        Assert.InRange(climate.Celsius!.Value, (decimal)celsius - 0.06m, (decimal)celsius + 0.06m);
        Assert.InRange(climate.HumidityPercent!.Value, (decimal)humidity - 0.06m, (decimal)humidity + 0.06m);
    }

    [Fact]
    public void Measure_DamagedAnswer_IsNoValueAndNotTheOneBefore()
    {
        using var bench = Create();
        bench.Set(20, 50);
        bench.Sensor.Measure();
        bench.Damage();
        Assert.Contains(Assert.Throws<LinkException>(bench.Sensor.Measure).Code, (string[])["CME-2602", "CME-2603"]);
        bench.Set(21, 51);
        Assert.InRange(bench.Sensor.Measure().Celsius!.Value, 20.9m, 21.1m);
    }

    [Fact]
    public void Measure_TakenOffAndBack_SaysSoAndMeasuresAgain()
    {
        using var bench = Create();
        bench.TakeOff();
        for (int i = 0; i < 2; i++) Assert.Contains(Assert.Throws<LinkException>(bench.Sensor.Measure).Code, (string[])["CME-2601", "CME-2602"]);
        bench.Set(19, 40);
        Assert.InRange(bench.Sensor.Measure().Celsius!.Value, 18.9m, 19.1m);
    }

    [Fact]
    public void Measure_Impossible_IsNoValue()
    {
        using var bench = Create();
        bench.Set(129, 50);
        Assert.Equal("CME-2603", Assert.Throws<LinkException>(bench.Sensor.Measure).Code);
    }
}
