using System.Text.RegularExpressions;

namespace CoMaKo.Quantities;

/// <summary>Identifies a gateway: 1–64 characters of <c>A–Z a–z 0–9 . _ -</c>; case counts.</summary>
public readonly partial record struct GatewayId
{
    /// <exception cref="FormatException">The text has another form.</exception>
    public GatewayId(string value) => Value = Pattern().IsMatch(value) ? value : throw new FormatException($"'{value}' is not a gateway id: use 1 to 64 letters, digits, '.', '_' or '-'.");

    public string Value { get; }

    /// <summary>Whether the text is a gateway id.</summary>
    public static bool IsValid(string? value) => value is not null && Pattern().IsMatch(value);

    public override string ToString() => Value;

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pattern();
}

/// <summary>Identifies one energy register: <c>&lt;meter server id in lower-case hex&gt;~&lt;A-B.C.D.E&gt;</c>, URL-safe, at most 64 characters.</summary>
public readonly partial record struct RegisterId : IComparable<RegisterId>
{
    /// <exception cref="FormatException">The text has another form.</exception>
    public RegisterId(string value) => Value = Pattern().IsMatch(value) ? value : throw new FormatException($"'{value}' is not a register id such as 0a01495341000000002a~1-0.1.8.0.");

    public string Value { get; }

    /// <summary>The register of a meter: the id of the meter in octets and the register's OBIS code (group F is left out).</summary>
    public static RegisterId Of(string serverIdHex, ObisCode obis) =>
        new(FormattableString.Invariant($"{serverIdHex}~{obis.A}-{obis.B}.{obis.C}.{obis.D}.{obis.E}"));

    public static bool IsValid(string? value) => value is not null && Pattern().IsMatch(value);

    public int CompareTo(RegisterId other) => string.CompareOrdinal(Value, other.Value);

    public static bool operator <(RegisterId left, RegisterId right) => left.CompareTo(right) < 0;

    public static bool operator >(RegisterId left, RegisterId right) => left.CompareTo(right) > 0;

    public static bool operator <=(RegisterId left, RegisterId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RegisterId left, RegisterId right) => left.CompareTo(right) >= 0;

    public override string ToString() => Value;

    [GeneratedRegex(@"\A(?=.{1,64}\z)(?:[0-9a-f]{2})+~(?:[0-9]{1,3}-[0-9]{1,3}(?:\.[0-9]{1,3}){3})\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pattern();
}
