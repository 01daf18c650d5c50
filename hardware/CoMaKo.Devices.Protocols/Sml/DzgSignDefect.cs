using System.Buffers.Binary;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>
/// DZG DVS74 meters of two serial ranges send positive power in a signed integer that is too short for it (metering.md 2.9, 1).
/// Their negative values always have four bytes, so shorter signed ones are read as unsigned. Later serials are repaired and must not be touched.
/// </summary>
public static class DzgSignDefect
{
    private static readonly ObisCode ServerIdEntry = new(1, 0, 96, 1, 0, 255);

    private static ReadOnlySpan<byte> Prefix => [0x0A, 0x01, (byte)'D', (byte)'Z', (byte)'G'];

    /// <summary>Whether a meter with this server id has the defect: five octets after "DZG" form the serial.</summary>
    public static bool Affects(ReadOnlySpan<byte> serverId)
    {
        if (serverId.Length != 10 || !serverId.StartsWith(Prefix)) return false;
        ulong serial = (ulong)serverId[5] << 32 | BinaryPrimitives.ReadUInt32BigEndian(serverId[6..]);
        return serial is (>= 42_000_000 and <= 48_999_999) or (>= 55_000_000 and <= 58_999_999);
    }

    /// <summary>Corrects the power entries of one value list. The id is that of the list's own entry, else that of the message.</summary>
    internal static void Correct(SmlFrame frame, int firstEntry)
    {
        var entries = frame.EntriesFrom(firstEntry);
        var serverId = frame.ServerId;
        foreach (ref readonly var entry in entries)
            if (entry.Obis == ServerIdEntry && entry.Type == TlvType.Octets && entry.Length > 0) serverId = frame.Octets(entry);
        if (!Affects(serverId)) return;
        foreach (ref var entry in entries)
            if (NeedsCorrection(entry)) entry = Correct(entry);
    }

    /// <summary>The corrected entry; absent if this one is right as it is.</summary>
    internal static SmlEntry? Corrected(in SmlEntry entry, ReadOnlySpan<byte> serverId) =>
        NeedsCorrection(entry) && Affects(serverId) ? Correct(entry) : null;

    private static bool NeedsCorrection(in SmlEntry entry) =>
        entry.Obis == ObisCode.ActivePower && entry is { Type: TlvType.Signed, Length: <= 2, Bits: < 0 };

    private static SmlEntry Correct(in SmlEntry entry) => entry with { Bits = entry.Bits & (entry.Length == 1 ? 0xFF : 0xFFFF), IsCorrected = true };
}
