using System.Device.Spi;
using CoMaKo.Devices.IotBindings;
using CoMaKo.Devices.Tests.Enclosure;

namespace CoMaKo.Devices.Tests.Adapters;

/// <summary>The optional part: the package's APA102 binding on an LED played by its data sheet. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class BoundLightTests : StatusLightContract
{
    protected override ILightBench Create() => new PlayedApa102();

    /// <summary>Reads frames as the LED does: 32 bits of zero, then 111 and five bits of brightness, blue, green, red, then ones.</summary>
    private sealed class PlayedApa102 : ILightBench
    {
        private bool isOff;

        public PlayedApa102() => Light = new BoundLight("apa102 on spidev0.0", () => new Wire(this));

        public IStatusLight Light { get; }

        public StatusColour Seen { get; private set; }

        public void Plug(bool isIn) => isOff = !isIn;

        public void Dispose() => Light.Dispose();

        private void Take(ReadOnlySpan<byte> frame)
        {
            if (isOff) throw new IOException("Error 5 performing SPI data transfer.");
            Assert.Equal(12, frame.Length);
            Assert.Equal(new byte[4], frame[..4].ToArray());
            Assert.Equal(0xE0, frame[4] & 0xE0);
            bool lights = (frame[4] & 0x1F) > 0;
            var (blue, green, red) = (lights && frame[5] > 0, lights && frame[6] > 0, lights && frame[7] > 0);
            Assert.False(blue);
            Seen = (green, red) switch { (true, true) => StatusColour.Amber, (true, false) => StatusColour.Green, (false, true) => StatusColour.Red, _ => StatusColour.Off };
        }

        private sealed class Wire(PlayedApa102 led) : SpiDevice
        {
            public override SpiConnectionSettings ConnectionSettings { get; } = new(0, 0);

            public override void Write(ReadOnlySpan<byte> buffer) => led.Take(buffer);

            public override void Read(Span<byte> buffer) => throw new NotSupportedException();

            public override void TransferFullDuplex(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) => throw new NotSupportedException();
        }
    }
}
