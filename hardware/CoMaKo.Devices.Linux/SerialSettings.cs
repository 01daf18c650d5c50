using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Linux;

/// <summary>Speed and character format of a serial line, written <c>9600-8N1</c>.</summary>
/// <param name="Baud">Bits per second: 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200 or 230400.</param>
/// <param name="DataBits">7 or 8.</param>
/// <param name="Parity">N (none), E (even) or O (odd).</param>
/// <param name="StopBits">1 or 2.</param>
public sealed partial record SerialSettings(int Baud, int DataBits, char Parity, int StopBits)
{
    // Bxxx constants of asm-generic termbits.h.
    private static readonly FrozenDictionary<int, uint> Speeds = new Dictionary<int, uint>
    {
        [300] = 0x7, [600] = 0x8, [1200] = 0x9, [1800] = 0xA, [2400] = 0xB, [4800] = 0xC, [9600] = 0xD, [19200] = 0xE, [38400] = 0xF,
        [57600] = 0x1001, [115200] = 0x1002, [230400] = 0x1003,
    }.ToFrozenDictionary();

    /// <summary>What the info interface of German meters uses.</summary>
    public static readonly SerialSettings Sml = new(9600, 8, 'N', 1);

    internal uint Speed => Speeds.TryGetValue(Baud, out uint speed) ? speed : throw new ArgumentOutOfRangeException(nameof(Baud), Baud, "Not a standard speed.");

    /// <summary>Bits on the line for one character, start bit included.</summary>
    public int BitsPerCharacter => 1 + DataBits + (Parity == 'N' ? 0 : 1) + StopBits;

    /// <summary>Parses <c>baud-bits parity stop</c>, e.g. <c>9600-8N1</c> or <c>19200-8E1</c>.</summary>
    /// <returns>The settings, or error <c>CME-1901</c>.</returns>
    public static ParseResult<SerialSettings> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = Form().Match(text);
        if (!match.Success)
            return new ParseError("CME-1901", 0, $"'{text}' is no serial setting: write speed, data bits, parity and stop bits as in 9600-8N1, 19200-8E1 or 9600-7E1.");
        int baud = int.Parse(match.Groups["baud"].ValueSpan, CultureInfo.InvariantCulture);
        if (!Speeds.ContainsKey(baud))
            return new ParseError("CME-1901", 0, FormattableString.Invariant($"{baud} is no speed of a serial line here: use one of {string.Join(", ", Speeds.Keys.Order())}."));
        return new SerialSettings(baud, match.Groups["bits"].ValueSpan[0] - '0', match.Groups["parity"].ValueSpan[0], match.Groups["stop"].ValueSpan[0] - '0');
    }

    public override string ToString() => FormattableString.Invariant($"{Baud}-{DataBits}{Parity}{StopBits}");

    [GeneratedRegex(@"\A(?<baud>[0-9]{3,6})-(?<bits>[78])(?<parity>[NEO])(?<stop>[12])\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
