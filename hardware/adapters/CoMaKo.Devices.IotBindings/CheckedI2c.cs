using System.Device.I2c;

namespace CoMaKo.Devices.IotBindings;

/// <summary>Looks at the CRC of what an SHT3x answers before the binding does, which takes a damaged answer for the one before (SHT3x-DIS data sheet, 4.12: polynomial 0x31, start 0xFF, behind each two bytes).</summary>
internal sealed class CheckedI2c(I2cDevice device) : I2cDevice
{
    public override I2cConnectionSettings ConnectionSettings => device.ConnectionSettings;

    public override void Read(Span<byte> buffer)
    {
        device.Read(buffer);
        for (int word = 0; word + 3 <= buffer.Length; word += 3)
            if (Crc(buffer.Slice(word, 2)) != buffer[word + 2]) throw new LinkException("CME-2603", "The sensor's answer has a wrong CRC: check its wiring, the length of its cable and the pull-ups.");
    }

    public override void Write(ReadOnlySpan<byte> buffer) => device.Write(buffer);

    public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) => device.WriteRead(writeBuffer, readBuffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing) device.Dispose();
        base.Dispose(disposing);
    }

    private static byte Crc(ReadOnlySpan<byte> bytes)
    {
        byte crc = 0xFF;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (byte)((crc & 0x80) != 0 ? crc << 1 ^ 0x31 : crc << 1);
        }

        return crc;
    }
}
