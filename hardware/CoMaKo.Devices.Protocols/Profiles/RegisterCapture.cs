using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>
/// What a device said once, as bytes: a text of serial frames in hex, <c>&gt;</c> before a request, <c>&lt;</c> before its answer, <c>#</c> before a comment.
/// Taken from a device or composed from its published map, never from our own simulator, which would share a profile's mistakes.
/// </summary>
public sealed record RegisterCapture(byte Unit, ModbusTables Tables)
{
    /// <summary>Largest text in characters.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>The registers of all answers.</summary>
    /// <returns>The capture, or error <c>CME-1325</c> with the line (from 1) as its offset.</returns>
    public static ParseResult<RegisterCapture> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength) return Error(0, "the capture is too long");
        var tables = new ModbusTables();
        byte? unit = null;
        byte[]? request = null;
        int number = 0;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            number++;
            var line = raw.Contains('#') ? raw[..raw.IndexOf('#')].Trim() : raw.Trim();
            if (line.IsEmpty) continue;
            if (line[0] is not ('>' or '<') || FrameOf(line[1..]) is not { } frame) return Error(number, "expected '>' or '<' and a frame in hex with its CRC");
            if (line[0] == '>') request = frame;
            else if (request is null || !Store(tables, request, frame)) return Error(number, "this does not answer the request before it");
            unit ??= frame[0];
        }

        return unit is { } known ? new RegisterCapture(known, tables) : Error(number, "the capture is empty");
    }

    private static byte[]? FrameOf(ReadOnlySpan<char> hex)
    {
        try
        {
            byte[] frame = Convert.FromHexString(hex.ToString().Replace(" ", "", StringComparison.Ordinal));
            return RtuFrame.IsIntact(frame) ? frame : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool Store(ModbusTables tables, byte[] request, byte[] answer)
    {
        var asked = ModbusPdu.DecodeRequest(RtuFrame.Pdu(request));
        if (!asked.Success || asked.Value is not ReadRegistersRequest read || request[0] != answer[0]) return false;
        var answered = ModbusPdu.DecodeResponse(read, RtuFrame.Pdu(answer));
        if (answered.Value is RegistersResponse registers) tables.Set(request[0], read.Table, read.Start, registers.Values);
        return answered.Success; // a refusal means that the registers do not exist
    }

    private static ParseError Error(int line, string reason) => new("CME-1325", line, FormattableString.Invariant($"Line {line}: {reason}."));
}
