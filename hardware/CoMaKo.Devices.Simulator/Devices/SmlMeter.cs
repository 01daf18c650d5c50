using System.Text;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>A meter after the FNN specification for basic meters: one push file with identity, both energy registers and signed power.</summary>
/// <param name="serial">Serial number, the last four octets of the server id.</param>
/// <param name="energyScaler">Power of ten of the energy registers' step in Wh: −1 is 0.1 Wh, 3 the reduced data set without PIN (1 kWh, no power).</param>
public sealed class SmlMeter(uint serial, int energyScaler = -1)
{
    private const int WattHours = 30, Watts = 27, PowerScaler = -1;
    private const uint Running = 0x1C0104, Exporting = 0x7800; // FNN status word: voltages present, above starting current; sum and phases export

    private readonly SmlWriter writer = new();
    private uint transaction;

    /// <summary>The ten octets of DIN 43863-5: medium 1 (electricity), vendor CMK, block 0, serial number.</summary>
    public byte[] ServerId { get; } = [0x0A, 0x01, (byte)'C', (byte)'M', (byte)'K', 0, (byte)(serial >> 24), (byte)(serial >> 16), (byte)(serial >> 8), (byte)serial];

    /// <summary>One frame as it leaves the infrared diode.</summary>
    /// <param name="face">What the meter shows.</param>
    /// <param name="secondsIndex">Seconds of operation.</param>
    public byte[] Frame(MeterFace face, uint secondsIndex)
    {
        writer.Begin();
        Open();
        List(face, secondsIndex);
        Close();
        return [.. writer.Frame()];
    }

    private byte[] NextTransaction() => [0x0C, (byte)(++transaction >> 16), (byte)(transaction >> 8), (byte)transaction];

    private void Open()
    {
        byte[] id = NextTransaction();
        writer.BeginMessage(id, 0x0101);
        writer.List(6);
        writer.Absent(); // code page
        writer.Absent(); // client
        writer.Octets(id);
        writer.Octets(ServerId);
        writer.Absent(); // reference time
        writer.Absent(); // version
        writer.EndMessage();
    }

    private void List(MeterFace face, uint secondsIndex)
    {
        bool reduced = energyScaler > 0;
        writer.BeginMessage(NextTransaction(), 0x0701);
        writer.List(7);
        writer.Absent(); // client
        writer.Octets(ServerId);
        writer.Octets([1, 0, 0x62, 0x0A, 0xFF, 0xFF]);
        writer.List(2); // sensor time: seconds of operation
        writer.Unsigned(1, 1);
        writer.Unsigned(secondsIndex, 4);
        writer.List(reduced ? 4 : 5);
        Text([1, 0, 96, 50, 1, 1], Encoding.ASCII.GetBytes("CMK"));
        Text([1, 0, 96, 1, 0, 255], ServerId);
        Register([1, 0, 1, 8, 0, 255], face.Import, face.Power < 0 ? Running | Exporting : Running);
        Register([1, 0, 2, 8, 0, 255], face.Export, null);
        if (!reduced) Power(face.Power);
        writer.Absent(); // signature
        writer.Absent(); // gateway time
        writer.EndMessage();
    }

    private void Close()
    {
        writer.BeginMessage(NextTransaction(), 0x0201);
        writer.List(1);
        writer.Absent();
        writer.EndMessage();
    }

    private void Text(ReadOnlySpan<byte> obis, ReadOnlySpan<byte> value)
    {
        writer.List(7);
        writer.Octets(obis);
        writer.Absent();
        writer.Absent();
        writer.Absent();
        writer.Absent();
        writer.Octets(value);
        writer.Absent();
    }

    private void Register(ReadOnlySpan<byte> obis, long milliwattSeconds, uint? status)
    {
        writer.List(7);
        writer.Octets(obis);
        if (status is { } word) writer.Unsigned(word, 4);
        else writer.Absent();
        writer.Absent();
        writer.Unsigned(WattHours, 1);
        writer.Signed(energyScaler, 1);
        writer.Unsigned((ulong)(milliwattSeconds / StepOf(energyScaler)), 8);
        writer.Absent();
    }

    private void Power(long milliwatts)
    {
        writer.List(7);
        writer.Octets([1, 0, 16, 7, 0, 255]);
        writer.Absent();
        writer.Absent();
        writer.Unsigned(Watts, 1);
        writer.Signed(PowerScaler, 1);
        writer.Signed((long)Math.Round(milliwatts / 100.0), 4);
        writer.Absent();
    }

    /// <summary>Milliwatt seconds in one step of the register.</summary>
    private static long StepOf(int scaler)
    {
        long step = Model.BuildingEnergy.PerWattHour;
        for (; scaler < 0; scaler++) step /= 10;
        for (; scaler > 0; scaler--) step *= 10;
        return step;
    }
}
