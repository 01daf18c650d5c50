using System.Globalization;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Writes;

/// <summary>
/// Commands and the frames that a profile must make of them: <c>= power -2500 for 60</c>, <c>= range -1000 2000 for 60</c>, <c>= limit 4200 for 60</c> or
/// <c>= release</c>, each followed by its requests as serial frames in hex behind <c>&gt;</c>; <c>#</c> begins a comment. Composed from the published map, not by our code.
/// </summary>
internal static class GoldenWrites
{
    /// <summary>Runs the commands of the file one after another on the registers of the capture.</summary>
    /// <returns>Nothing, or the first difference as <c>CME-2412</c>.</returns>
    public static async ValueTask<IReadOnlyList<Finding>> VerifyAsync(DeviceProfile profile, RegisterCapture capture, string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > RegisterCapture.MaxLength) return [Differs("The file of golden writes is not beside the profile, or too long.")];
        if (profile.Control is null) return [Differs("The profile has golden writes and no 'control'.")];
        var recorder = new FrameRecorder(capture);
        var drive = Driver(profile, recorder.Client, capture.Unit);
        foreach (var (command, frames) in Parse(await File.ReadAllTextAsync(path, cancellationToken)))
        {
            recorder.Frames.Clear();
            try
            {
                if (!await drive(command, cancellationToken)) return [Differs($"'{command}' is no command of this kind of device.")];
            }
            catch (IOException e)
            {
                return [Differs($"'{command}': {e.Message}")];
            }

            if (!recorder.Frames.SequenceEqual(frames))
                return [Differs($"'{command}' becomes {Text(recorder.Frames)} where {Text(frames)} is expected.")];
        }

        return [];
    }

    private static Func<string, CancellationToken, Task<bool>> Driver(DeviceProfile profile, ModbusClient client, byte unit)
    {
        var (id, wear) = (new DeviceId("capture"), new WearBudget(TimeProvider.System));
        if (profile.Kind == DeviceKind.Load)
        {
            var load = new ProfileLoad(profile, client, id, unit, wear);
            return async (command, stop) =>
            {
                switch (command.Split(' '))
                {
                    case ["limit", var watts, "for", var seconds]: await load.SetLimitAsync(Watts(watts), Seconds(seconds), stop); return true;
                    case ["release"]: await load.SetLimitAsync(null, Duration.FromSeconds(1), stop); return true;
                    default: return false;
                }
            };
        }

        var battery = new ProfileBattery(profile, client, new(id, unit) { Limits = Rated }, wear, TimeProvider.System);
        return async (command, stop) =>
        {
            switch (command.Split(' '))
            {
                case ["power", var watts, "for", var seconds]: await battery.SetRangeAsync(PowerRange.Pin(Watts(watts)), Seconds(seconds), stop); return true;
                case ["range", var min, var max, "for", var seconds]: await battery.SetRangeAsync(new(Watts(min), Watts(max)), Seconds(seconds), stop); return true;
                case ["release"]: await battery.ReleaseAsync(stop); return true;
                default: return false;
            }
        };
    }

    /// <summary>Ratings of the building that the golden frames are composed for.</summary>
    private static PowerRange Rated => new(Power.FromWatts(-5000), Power.FromWatts(5000));

    private static IEnumerable<(string Command, List<string> Frames)> Parse(string text)
    {
        string? command = null;
        var frames = new List<string>();
        foreach (string raw in text.ReplaceLineEndings("\n").Split('\n'))
        {
            string line = raw.Split('#')[0].Trim();
            if (line.StartsWith('>')) frames.Add(line[1..].Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant());
            if (!line.StartsWith('=')) continue;
            if (command is not null) yield return (command, frames);
            (command, frames) = (line[1..].Trim(), []);
        }

        if (command is not null) yield return (command, frames);
    }

    private static Power Watts(string text) => Power.FromWatts(decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal watts)
        ? watts : throw new IOException($"'{text}' is no power."));

    private static Duration Seconds(string text) => Duration.FromSeconds(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
        ? seconds : throw new IOException($"'{text}' is no number of seconds."));

    private static string Text(List<string> frames) => frames.Count == 0 ? "no frame" : string.Join(" | ", frames);

    private static Finding Differs(string text) => new("CME-2412", "verify.writes", null, text);

    /// <summary>Answers reads from the capture and keeps every write as a serial frame; later reads see it.</summary>
    private sealed class FrameRecorder(RegisterCapture capture)
    {
        private readonly ModbusServer memory = new(capture.Tables, ModbusFraming.Tcp, TimeProvider.System);

        public List<string> Frames { get; } = [];

        public ModbusClient Client => new((unit, request, _) =>
        {
            byte[] pdu = ModbusPdu.Encode(request);
            if (request.Writes)
            {
                Frames.Add(Convert.ToHexStringLower(RtuFrame.Write(unit, pdu)));
                if (request is WriteRegistersRequest many) capture.Tables.Set(unit, RegisterTable.Holding, many.Start, many.Values.Span);
                if (request is WriteRegisterRequest one) capture.Tables.Set(unit, RegisterTable.Holding, one.Address, one.Value);
            }

            var answer = ModbusPdu.DecodeResponse(request, memory.Answer(unit, pdu));
            return answer.Success ? ValueTask.FromResult(answer.Value!) : throw new IOException(answer.Error.Text);
        });
    }
}
