using CoMaKo.Devices.Protocols.Enclosure;
using CoMaKo.Devices.Simulator;

namespace CoMaKo.Devices.Tests.Enclosure;

/// <summary>The default part: two LEDs that light on a high level.</summary>
public sealed class GpioStatusLightTests : StatusLightContract
{
    protected override ILightBench Create() => new Bench(lightsWhenLow: false);

    internal sealed class Bench(bool lightsWhenLow) : ILightBench
    {
        private readonly SimulatedGpio chip = new(8, TimeProvider.System);
        private GpioStatusLight? light;

        public IStatusLight Light => light ??= new(chip, 2, 5, lightsWhenLow);

        public StatusColour Seen => (Lights(2), Lights(5)) switch
        {
            (true, true) => StatusColour.Amber,
            (true, false) => StatusColour.Green,
            (false, true) => StatusColour.Red,
            _ => StatusColour.Off,
        };

        public void Plug(bool isIn) => chip.Plug(isIn);

        public void Dispose() => light?.Dispose();

        /// <summary>A line that nobody drives gives no current.</summary>
        private bool Lights(int line) => chip.OutputOf(line) is { } level && level != lightsWhenLow;
    }
}

/// <inheritdoc cref="GpioStatusLightTests"/>
public sealed class GpioStatusLightToPlusTests : StatusLightContract
{
    protected override ILightBench Create() => new GpioStatusLightTests.Bench(lightsWhenLow: true);
}
