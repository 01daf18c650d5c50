namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>Reads the status word of an energy register (metering.md 2.8). Two layouts are in use; the low byte tells them apart, never the width.</summary>
public static class SmlStatusWord
{
    private const byte FnnLowByte = 0x04;

    /// <summary>Whether the word has the layout of the FNN Basiszähler.</summary>
    public static bool IsFnn(ulong status) => (byte)status == FnnLowByte;

    /// <summary>Whether energy flows to the grid. To be applied to unsigned power only.</summary>
    public static bool IsExport(ulong status) => IsFnn(status) ? Bit(status, 11) : Bit(status, 5);

    /// <summary>What the meter says is wrong; only the FNN layout can say so.</summary>
    public static MeterAlarms Alarms(ulong status)
    {
        if (!IsFnn(status)) return MeterAlarms.None;
        return (Bit(status, 9) ? MeterAlarms.MagneticInfluence : MeterAlarms.None)
            | (Bit(status, 10) ? MeterAlarms.TerminalCoverOpened : MeterAlarms.None)
            | (Bit(status, 17) ? MeterAlarms.FatalError : MeterAlarms.None);
    }

    private static bool Bit(ulong status, int bit) => (status >> bit & 1) != 0;
}
