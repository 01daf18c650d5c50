namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>Why a frame was refused.</summary>
public enum SmlFault
{
    None,

    /// <summary>The check sum over the whole frame fits no known kind.</summary>
    TransportCrc,

    /// <summary>The check sum of a message fits no known kind, or the messages differ in kind.</summary>
    MessageCrc,

    /// <summary>The check sums fit but the contents do not follow the format.</summary>
    Structure,
}

/// <summary>The contents of one frame. One object is filled again for every frame; take out what you need before the next one.</summary>
public sealed class SmlFrame
{
    private SmlEntry[] entries = new SmlEntry[32];
    private readonly byte[] payload = new byte[SmlTransport.MaxFrame];
    private readonly byte[] serverId = new byte[64];
    private int entryCount;
    private int payloadLength;
    private int serverIdLength;

    /// <summary>Kind of the check sum over the whole frame.</summary>
    public SmlCrcKind TransportCrc { get; internal set; }

    /// <summary>Kind of the check sums of all messages.</summary>
    public SmlCrcKind MessageCrc { get; internal set; }

    /// <summary>Why the frame was refused; its entries are then empty.</summary>
    public SmlFault Fault { get; internal set; }

    /// <summary>Where in <see cref="Payload"/> the structure broke; 0 otherwise.</summary>
    public int FaultOffset { get; internal set; }

    /// <summary>The meter's seconds index (seconds of operation, never wall-clock time); absent if not sent.</summary>
    public long? Seconds { get; internal set; }

    /// <summary>The entries of all value lists in wire order.</summary>
    public ReadOnlySpan<SmlEntry> Entries => entries.AsSpan(0, entryCount);

    /// <summary>The messages, escapes removed, fill bytes included.</summary>
    public ReadOnlySpan<byte> Payload => payload.AsSpan(0, payloadLength);

    /// <summary>The meter's identity; empty if not sent.</summary>
    public ReadOnlySpan<byte> ServerId => serverId.AsSpan(0, serverIdLength);

    /// <summary>The octets of an entry whose value is an octet string.</summary>
    public ReadOnlySpan<byte> Octets(in SmlEntry entry) => payload.AsSpan(entry.Offset, entry.Length);

    internal Span<SmlEntry> EntriesFrom(int first) => entries.AsSpan(first, entryCount - first);

    internal int EntryCount => entryCount;

    internal void Clear()
    {
        (TransportCrc, MessageCrc, Fault, FaultOffset, Seconds) = (SmlCrcKind.Bad, SmlCrcKind.Bad, SmlFault.None, 0, null);
        entryCount = payloadLength = serverIdLength = 0;
    }

    /// <summary>Drops what was read of a frame that turned out to be no good.</summary>
    internal void DropValues()
    {
        Seconds = null;
        entryCount = serverIdLength = 0;
    }

    internal void Add(in SmlEntry entry)
    {
        if (entryCount == entries.Length) Array.Resize(ref entries, 2 * entries.Length);
        entries[entryCount++] = entry;
    }

    /// <summary>Keeps at most 64 octets: ids of meters have 6 to 16.</summary>
    internal void SetServerId(ReadOnlySpan<byte> octets)
    {
        serverIdLength = Math.Min(octets.Length, serverId.Length);
        octets[..serverIdLength].CopyTo(serverId);
    }

    /// <summary>Copies the messages and drops one half of each doubled escape sequence.</summary>
    internal void SetPayload(ReadOnlySpan<byte> stuffed)
    {
        ReadOnlySpan<byte> escape = [0x1B, 0x1B, 0x1B, 0x1B];
        int to = 0;
        for (int at; (at = stuffed.IndexOf(escape)) >= 0;)
        {
            bool doubled = stuffed[(at + 4)..].StartsWith(escape);
            int taken = doubled ? at + 4 : at + 1;
            stuffed[..taken].CopyTo(payload.AsSpan(to));
            to += taken;
            stuffed = stuffed[(doubled ? at + 8 : taken)..];
        }

        stuffed.CopyTo(payload.AsSpan(to));
        payloadLength = to + stuffed.Length;
    }
}
