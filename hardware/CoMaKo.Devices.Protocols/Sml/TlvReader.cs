namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>What a type-length field announces (metering.md 2.4).</summary>
public enum TlvType
{
    /// <summary>Octet string; with length 0 an absent optional element.</summary>
    Octets = 0,

    /// <summary>One byte, 0 = false.</summary>
    Boolean = 4,

    /// <summary>Big-endian two's complement of 1–8 bytes.</summary>
    Signed = 5,

    /// <summary>Big-endian, 1–8 bytes.</summary>
    Unsigned = 6,

    /// <summary>Elements follow.</summary>
    List = 7,
}

/// <summary>One type-length field and where its contents are.</summary>
/// <param name="Type">The type.</param>
/// <param name="Length">Octets, or elements of a list.</param>
/// <param name="Offset">Where its contents begin.</param>
public readonly record struct TlvElement(TlvType Type, int Length, int Offset)
{
    /// <summary>An optional element that was not sent (<c>01</c>).</summary>
    public bool IsAbsent => Type == TlvType.Octets && Length == 0;

    public bool IsInteger => Type is TlvType.Signed or TlvType.Unsigned;
}

/// <summary>Walks type-length-value data without copying. Never reads outside its span; every method answers false on wrong data.</summary>
public ref struct TlvReader(ReadOnlySpan<byte> data)
{
    /// <summary>Deepest nesting of lists, the message itself included.</summary>
    public const int MaxNesting = 8;

    /// <summary>Most elements of one list.</summary>
    public const int MaxList = 256;

    private readonly ReadOnlySpan<byte> data = data;

    /// <summary>Where the next field begins.</summary>
    public int Position { get; private set; }

    public readonly int Remaining => data.Length - Position;

    /// <summary>Reads a field and steps over its octets; a list's elements are what comes next.</summary>
    public bool TryRead(out TlvElement element)
    {
        int at = Position;
        element = default;
        if ((uint)at >= (uint)data.Length) return false;
        int first = data[at++];
        int length = first & 0x0F;
        if ((first & 0x80) != 0 && !TryExtendLength(ref at, ref length)) return false;
        var type = (TlvType)(first >> 4 & 7);
        if (type == TlvType.List)
        {
            if (length > MaxList) return false;
        }
        else
        {
            length -= at - Position; // the length of all but lists counts the type-length bytes
            if (length < 0 || length > data.Length - at || !IsPossible(type, length)) return false;
        }

        element = new TlvElement(type, length, at);
        Position = type == TlvType.List ? at : at + length;
        return true;
    }

    private readonly bool TryExtendLength(scoped ref int at, scoped ref int length)
    {
        int next;
        do
        {
            if ((uint)at >= (uint)data.Length || length > data.Length) return false;
            next = data[at++];
            length = length << 4 | next & 0x0F;
        }
        while ((next & 0x80) != 0);
        return true;
    }

    private static bool IsPossible(TlvType type, int length) => type switch
    {
        TlvType.Octets => true,
        TlvType.Boolean => length == 1,
        TlvType.Signed or TlvType.Unsigned => length is >= 1 and <= 8,
        _ => false,
    };

    /// <summary>Reads a list field with exactly this many elements.</summary>
    public bool TryReadList(int elements) => TryRead(out var list) && list.Type == TlvType.List && list.Length == elements;

    /// <summary>Reads an octet string; length 0 if absent.</summary>
    public bool TryReadOctets(out TlvElement octets) => TryRead(out octets) && octets.Type == TlvType.Octets;

    /// <summary>Reads an integer of any width and sign, or an absent element.</summary>
    public bool TryReadOptionalInteger(out long? value)
    {
        value = null;
        if (!TryRead(out var element)) return false;
        if (element.IsInteger) value = Integer(element);
        return value is not null || element.IsAbsent;
    }

    /// <summary>The bits of an integer, sign-extended from its own width if signed; the sign bit of an unsigned 64-bit one is its highest digit.</summary>
    public readonly long Integer(TlvElement element)
    {
        var octets = data.Slice(element.Offset, element.Length);
        long value = element.Type == TlvType.Signed ? (sbyte)octets[0] : octets[0];
        for (int i = 1; i < octets.Length; i++) value = value << 8 | octets[i];
        return value;
    }

    /// <summary>Reads the byte 00 that ends a message.</summary>
    public bool TryReadEndOfMessage()
    {
        if (Remaining == 0 || data[Position] != 0) return false;
        Position++;
        return true;
    }

    /// <summary>Steps over one element with all that it contains.</summary>
    /// <param name="nesting">Lists around it.</param>
    public bool TrySkip(int nesting)
    {
        if (!TryRead(out var element)) return false;
        if (element.Type != TlvType.List) return true;
        if (nesting >= MaxNesting) return false;
        for (int i = 0; i < element.Length; i++)
            if (!TrySkip(nesting + 1)) return false;
        return true;
    }
}
