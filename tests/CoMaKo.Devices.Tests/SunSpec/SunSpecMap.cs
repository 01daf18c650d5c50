using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Devices.Tests.SunSpec;

/// <summary>Builds a SunSpec map in memory, model after model; what a test does not set is "not implemented" (all ones).</summary>
internal sealed class SunSpecMap(ushort start = 40000)
{
    private readonly List<ushort> words = [0x5375, 0x6E53];
    private readonly Dictionary<int, int> addresses = [];

    public ModbusTables Tables { get; } = new();

    public int AddressOf(int model) => start + addresses[model];

    public SunSpecMap Common(string serial, string manufacturer = "Example") => Model(1, 66, [(2, Text(manufacturer, 16)), (18, Text("Type", 16)), (42, Text("1.0", 8)), (50, Text(serial, 16))]);

    public SunSpecMap Model(int id, int length, params (int Offset, int[] Values)[] points)
    {
        addresses[id] = words.Count;
        ushort[] model = [(ushort)id, (ushort)length, .. Enumerable.Repeat((ushort)0xFFFF, length)];
        foreach (var (offset, values) in points)
            for (int i = 0; i < values.Length; i++) model[offset + i] = (ushort)values[i];
        words.AddRange(model);
        return this;
    }

    /// <param name="hasEndMark">Some devices have none.</param>
    public ModbusTables Build(bool hasEndMark = true)
    {
        if (hasEndMark) words.AddRange([0xFFFF, 0]);
        Tables.Set(1, RegisterTable.Holding, start, [.. words]);
        return Tables;
    }

    /// <summary>Model 103: power, frequency, energy.</summary>
    public SunSpecMap Inverter(int watts, int wattHours = 123_456, int scale = 0) => Model(
        103, 50, (14, [watts, scale]), (16, [5000, -2]), (24, [wattHours >> 16, wattHours, 0]), (38, [4]));

    public static int[] Text(string text, int registers) =>
        [.. Enumerable.Range(0, registers).Select(i => (2 * i < text.Length ? text[2 * i] << 8 : 0) | (2 * i + 1 < text.Length ? text[2 * i + 1] : 0))];
}
