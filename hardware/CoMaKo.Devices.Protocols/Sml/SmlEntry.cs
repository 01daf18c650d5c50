using System.Globalization;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>One entry of a value list, as on the wire; only the DZG sign defect is corrected.</summary>
public readonly record struct SmlEntry
{
    /// <summary>Scalers beyond this are no measured value of any meter and cannot be held exactly.</summary>
    private const int MaxScaler = 9;

    public required ObisCode Obis { get; init; }

    /// <summary>Wire type of the value. <see cref="TlvType.Octets"/> with <see cref="Length"/> 0: the meter sent none.</summary>
    public required TlvType Type { get; init; }

    /// <summary>Octets of the value without its type-length field.</summary>
    public required int Length { get; init; }

    /// <summary>Where the value's octets begin in <see cref="SmlFrame.Payload"/>.</summary>
    public required int Offset { get; init; }

    /// <summary>The integer; for unsigned ones of 64 bits its bit pattern. 0 for other types.</summary>
    public long Bits { get; init; }

    /// <summary>Power of ten; 0 if not sent.</summary>
    public sbyte Scaler { get; init; }

    /// <summary>DLMS unit code; absent if not sent.</summary>
    public byte? Unit { get; init; }

    /// <summary>Status word; absent if not sent.</summary>
    public ulong? Status { get; init; }

    /// <summary>Seconds index of the entry; absent if not sent.</summary>
    public long? Seconds { get; init; }

    /// <summary>The wire carried a positive value in a signed field that was too short (<see cref="DzgSignDefect"/>).</summary>
    public bool IsCorrected { get; init; }

    /// <summary>Whether the value is an integer.</summary>
    public bool IsNumeric => Type is TlvType.Signed or TlvType.Unsigned;

    /// <summary>The exact physical value in <see cref="Unit"/>: integer × 10^scaler.</summary>
    /// <returns>False if there is no integer, or its scaler is outside −28 … 9.</returns>
    public bool TryGetValue(out decimal value)
    {
        value = 0;
        if (!IsNumeric || Scaler is < -28 or > MaxScaler) return false;
        bool negative = Type == TlvType.Signed && Bits < 0;
        ulong magnitude = negative ? (ulong)-Bits : (ulong)Bits;
        value = new decimal((int)magnitude, (int)(magnitude >> 32), 0, negative, (byte)(Scaler < 0 ? -Scaler : 0));
        if (Scaler > 0) value *= PowerOfTen(Scaler);
        return true;
    }

    /// <summary>The exact physical value as a plain decimal without exponent, with the digits that the meter sent, e.g. <c>100.0</c>. Any scaler. Empty if there is no integer.</summary>
    public string ValueText
    {
        get
        {
            if (!IsNumeric) return "";
            bool negative = Type == TlvType.Signed && Bits < 0;
            string digits = (negative ? (ulong)-Bits : (ulong)Bits).ToString(CultureInfo.InvariantCulture);
            if (Scaler > 0 && digits != "0") digits += new string('0', Scaler);
            if (Scaler < 0)
            {
                digits = digits.PadLeft(1 - Scaler, '0');
                digits = $"{digits[..^-Scaler]}.{digits[^-Scaler..]}";
            }

            return negative ? "-" + digits : digits;
        }
    }

    /// <summary>Value of the last digit: 10^scaler; 0 if the scaler is outside −28 … 9.</summary>
    public decimal Step => Scaler is < -28 or > MaxScaler ? 0 : PowerOfTen(Scaler);

    private static decimal PowerOfTen(int exponent)
    {
        if (exponent < 0) return new decimal(1, 0, 0, isNegative: false, (byte)-exponent);
        decimal power = 1;
        for (int i = 0; i < exponent; i++) power *= 10;
        return power;
    }
}
