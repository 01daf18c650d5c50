namespace CoMaKo.Devices.Simulator;

/// <summary>What can go wrong at a simulated device. Written <c>drop-line</c>, <c>corrupt-crc</c> and so on.</summary>
public enum Fault
{
    /// <summary>The cable is pulled: no terminal, no listening port, open connections break; a meter behind a broker is gone from it.</summary>
    DropLine,

    /// <summary>Every frame has a wrong checksum; over TCP a wrong transaction id; a message through a broker is cut off.</summary>
    CorruptCrc,

    /// <summary>The device goes on sending, always the same values.</summary>
    FreezeValue,

    /// <summary>Import and export registers show 1 MWh too much.</summary>
    JumpRegister,

    /// <summary>Import and export registers show 5 kWh too little.</summary>
    JumpBack,

    /// <summary>Answers take three seconds.</summary>
    SlowAnswer,

    /// <summary>Happens once: connections break for 20 s of model time, written limits are forgotten.</summary>
    RebootInverter,

    /// <summary>Happens once: another meter with its own identity, registers at 0.</summary>
    SwapMeter,

    /// <summary>Random bytes before each frame, and one bit in 2 000 turned; through a broker random bytes only.</summary>
    Noise,

    /// <summary>The line stays up and the device says nothing any more.</summary>
    StopSending,

    /// <summary>A meter mounted the wrong way round: power changes its sign, import and export change places.</summary>
    InvertSign,

    /// <summary>The storage inverter gives and takes nothing for 60 s of model time; "off" ends it earlier.</summary>
    BlockInverter,

    /// <summary>The broker keeps the meter's last message and hands it to who comes later; the meter itself says nothing any more.</summary>
    RetainLast,
}

/// <summary>One change of a fault switch.</summary>
/// <param name="Fault">Which.</param>
/// <param name="On">Switched on; faults that happen once ignore "off".</param>
/// <param name="Device">Which device; absent for the first that knows this fault.</param>
public sealed record FaultSwitch(Fault Fault, bool On, string? Device)
{
    /// <summary>Parses what a person types: <c>drop-line on grid</c>, <c>swap-meter</c>, <c>noise off</c>.</summary>
    /// <returns>The switch; absent if the text has another form.</returns>
    public static FaultSwitch? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 3 || FaultOf(words[0]) is not { } fault) return null;
        bool hasState = words.Length > 1 && words[1] is "on" or "off";
        if (words.Length == 3 && !hasState) return null;
        return new(fault, !hasState || words[1] == "on", words.Length > (hasState ? 2 : 1) ? words[^1] : null);
    }

    /// <summary>The names that can be typed.</summary>
    public static IEnumerable<string> Names => Enum.GetValues<Fault>().Select(NameOf);

    public override string ToString() => $"{NameOf(Fault)} {(On ? "on" : "off")}{(Device is null ? "" : $" {Device}")}";

    internal static Fault? FaultOf(string name)
    {
        foreach (var fault in Enum.GetValues<Fault>())
            if (NameOf(fault) == name) return fault;
        return null;
    }

    internal static string NameOf(Fault fault) =>
        string.Concat(fault.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));
}

/// <summary>A fault at a set time, written <c>NAME[:DEVICE]@FROM[-TO]</c> in model seconds after the start.</summary>
public sealed record PlannedFault(Fault Fault, string? Device, TimeSpan From, TimeSpan? To)
{
    /// <returns>The plan; absent if the text has another form.</returns>
    public static PlannedFault? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] halves = text.Split('@');
        if (halves.Length != 2) return null;
        string[] who = halves[0].Split(':'), when = halves[1].Split('-');
        if (who.Length > 2 || when.Length > 2 || FaultSwitch.FaultOf(who[0]) is not { } fault) return null;
        if (Seconds(when[0]) is not { } from) return null;
        if (when.Length == 1) return new(fault, who.Length == 2 ? who[1] : null, from, null);
        return Seconds(when[1]) is { } to && to > from ? new(fault, who.Length == 2 ? who[1] : null, from, to) : null;
    }

    private static TimeSpan? Seconds(string text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
