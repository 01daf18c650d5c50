using CoMaKo.Devices.Simulator;

namespace CoMaKo.Devices.Tests.Simulator;

public sealed class FaultTests
{
    [Theory]
    [InlineData("drop-line on grid", Fault.DropLine, true, "grid")]
    [InlineData("drop-line off", Fault.DropLine, false, null)]
    [InlineData("swap-meter", Fault.SwapMeter, true, null)]
    [InlineData("reboot-inverter battery", Fault.RebootInverter, true, "battery")]
    [InlineData("  noise   on  ", Fault.Noise, true, null)]
    public void Switch_WellFormed_IsParsed(string text, Fault fault, bool on, string? device) =>
        Assert.Equal(new FaultSwitch(fault, on, device), FaultSwitch.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("DropLine on")]
    [InlineData("drop-line maybe grid")]
    [InlineData("drop-line on grid now")]
    public void Switch_Malformed_IsRefused(string text) => Assert.Null(FaultSwitch.Parse(text));

    [Fact]
    public void Plan_WellFormed_IsParsed()
    {
        Assert.Equal(new PlannedFault(Fault.CorruptCrc, "grid", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(9)), PlannedFault.Parse("corrupt-crc:grid@5-9"));
        Assert.Equal(new PlannedFault(Fault.SwapMeter, null, TimeSpan.Zero, null), PlannedFault.Parse("swap-meter@0"));
    }

    [Theory]
    [InlineData("corrupt-crc")]
    [InlineData("corrupt-crc@")]
    [InlineData("corrupt-crc@9-5")]
    [InlineData("corrupt-crc@-5")]
    [InlineData("nothing@1")]
    public void Plan_Malformed_IsRefused(string text) => Assert.Null(PlannedFault.Parse(text));
}
