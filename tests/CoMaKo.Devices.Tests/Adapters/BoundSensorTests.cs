using System.Device.I2c;
using CoMaKo.Devices.IotBindings;
using CoMaKo.Devices.Tests.Enclosure;

namespace CoMaKo.Devices.Tests.Adapters;

/// <summary>The optional part: the package's SHT3x binding on a sensor played by its data sheet. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class BoundSensorTests : EnclosureSensorContract
{
    protected override ISensorBench Create() => new PlayedSht3x();

    /// <summary>The data sheet's example: 0xBE 0xEF has the CRC 0x92 (SHT3x-DIS, 4.12).</summary>
    [Fact]
    public void Measure_DataSheetsBytes_AreTaken()
    {
        using var bench = new PlayedSht3x();
        bench.Answer([0xBE, 0xEF, 0x92, 0x80, 0x00, 0xA2]);
        var climate = bench.Sensor.Measure();
        Assert.Equal((85.5m, 50.0m), (climate.Celsius, climate.HumidityPercent)); // −45 + 175 · 48879 / 65535; 100 · 32768 / 65535
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public void Measure_AnyByteWrong_IsNoValue(int at)
    {
        byte[] answer = [0xBE, 0xEF, 0x92, 0x80, 0x00, 0xA2];
        answer[at] ^= 0x04;
        using var bench = new PlayedSht3x();
        bench.Answer(answer);
        Assert.Equal("CME-2603", Assert.Throws<LinkException>(bench.Sensor.Measure).Code);
    }

    /// <summary>Answers measurement commands; its checksum is computed by dividing polynomials, not as the part does.</summary>
    private sealed class PlayedSht3x : ISensorBench
    {
        private byte[]? answer;

        public PlayedSht3x() => Sensor = new BoundSensor("sht3x on i2c-1 0x44", () => new Wire(this));

        public IEnclosureSensor Sensor { get; }

        public void Answer(byte[] bytes) => answer = bytes;

        public void Set(decimal celsius, decimal humidityPercent) =>
            answer = [.. Word((celsius + 45) / 175 * 65535), .. Word(humidityPercent / 100 * 65535)];

        public void Damage() => answer![1] ^= 0x40;

        public void TakeOff() => answer = null;

        public void Dispose() => Sensor.Dispose();

        private static byte[] Word(decimal value)
        {
            int number = (int)Math.Round(value);
            long rest = ((long)number ^ 0xFF00) << 8; // the start value is added to the first byte
            for (int bit = 23; bit >= 8; bit--)
                if ((rest >> bit & 1) != 0) rest ^= 0x131L << (bit - 8);
            return [(byte)(number >> 8), (byte)number, (byte)rest];
        }

        private sealed class Wire(PlayedSht3x sensor) : I2cDevice
        {
            private bool hasMeasured;

            public override I2cConnectionSettings ConnectionSettings { get; } = new(1, 0x44);

            public override void Write(ReadOnlySpan<byte> buffer)
            {
                if (sensor.answer is null) throw new IOException("Error 121 performing I2C data transfer.");
                hasMeasured = buffer is [0x24, 0x00 or 0x0B or 0x16] or [0x2C, 0x06 or 0x0D or 0x10];
            }

            public override void Read(Span<byte> buffer)
            {
                if (sensor.answer is null || !hasMeasured) throw new IOException("Error 121 performing I2C data transfer.");
                sensor.answer.CopyTo(buffer);
            }

            public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) => throw new NotSupportedException();
        }
    }
}
