namespace CoMaKo.Devices.Tests.Enclosure;

/// <summary>A lamp with somebody who looks at it.</summary>
public interface ILightBench : IDisposable
{
    IStatusLight Light { get; }

    /// <summary>What is to be seen.</summary>
    StatusColour Seen { get; }

    /// <summary>Takes its chip or bus off, or puts it back.</summary>
    void Plug(bool isIn);
}

/// <summary>What every lamp does.</summary>
public abstract class StatusLightContract
{
    protected abstract ILightBench Create();

    [Fact]
    public void Show_EveryColour_IsSeen()
    {
        using var bench = Create();
        foreach (var colour in (StatusColour[])[StatusColour.Green, StatusColour.Amber, StatusColour.Red, StatusColour.Off, StatusColour.Red, StatusColour.Green])
        {
            bench.Light.Show(colour);
            Assert.Equal(colour, bench.Seen);
        }
    }

    [Fact]
    public void Dispose_WhileItLights_LeavesItDark()
    {
        using var bench = Create();
        bench.Light.Show(StatusColour.Red);
        bench.Light.Dispose();
        Assert.Equal(StatusColour.Off, bench.Seen);
    }

    [Fact]
    public void Show_TakenOffAndBack_SaysSoAndLightsAgain()
    {
        using var bench = Create();
        bench.Light.Show(StatusColour.Green);
        bench.Plug(false);
        for (int i = 0; i < 2; i++) Assert.Throws<LinkException>(() => bench.Light.Show(StatusColour.Red));
        bench.Plug(true);
        bench.Light.Show(StatusColour.Amber);
        Assert.Equal(StatusColour.Amber, bench.Seen);
    }
}
