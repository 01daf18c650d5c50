using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Simulator.Devices;
using CoMaKo.Devices.Simulator.Model;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Simulator;

/// <summary>The command line of <c>comako-simulator</c>. Exit codes: 0 ended as asked, 1 a device could not be set up, 2 usage.</summary>
internal static class SimulatorCommand
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // files and pipes, never a page
    };

    private static readonly Option<string?> Clock = new("--clock") { Description = "Model clock START/FACTOR/ORIGIN, shared with gateway and hub." };
    private static readonly Option<double> Speed = new("--speed") { Description = "Without --clock: model time starts now and runs N times as fast.", DefaultValueFactory = _ => 1 };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Weather and habits.", DefaultValueFactory = _ => new BuildingOptions().Seed };
    private static readonly Option<DirectoryInfo?> Folder = new("--folder") { Description = "Keeps terminal, state and truth log here, where no other option says otherwise." };
    private static readonly Option<FileInfo?> BuildingFile = new("--building-file") { Description = "Writes the gateway's building file for these devices." };
    private static readonly Option<string[]> SmlPty = new("--sml-pty") { Description = "Stable name of an SML meter's terminal; the first is the grid meter, more are flats." };
    private static readonly Option<int> MeterPort = new("--meter-port") { Description = "TCP port of the Modbus meters (unit 1 PV, 2… flats); 0 takes a free one." };
    private static readonly Option<int> BatteryPort = new("--battery-port") { Description = "TCP port of the SunSpec storage inverter; 0 takes a free one." };
    private static readonly Option<string?> Mqtt = new("--mqtt") { Description = "HOST[:PORT] of an MQTT broker (port 1883): adds the meters tasmota, shelly and own-json, which publish there." };
    private static readonly Option<FileInfo?> StateFile = new("--state") { Description = "Keeps the building over a restart." };
    private static readonly Option<FileInfo?> TruthFile = new("--truth") { Description = "Appends the exact totals of each quarter hour as JSON lines." };
    private static readonly Option<FileInfo?> WritesFile = new("--writes") { Description = "Appends every write that a device takes and every edge of a contact as a JSON line, with the computer's time." };
    private static readonly Option<string[]> Faults = new("--fault") { Description = "NAME[:DEVICE]@FROM[-TO] in model seconds after the start." };
    private static readonly Option<InverterKind> Inverter = new("--inverter") { Description = "Storage inverter: sunspec (limits, models 123 and 124) or setpoint (a power in a register)." };
    private static readonly Option<int> DeadTime = new("--dead-time") { Description = "With --inverter setpoint: seconds from a write to the first change.", DefaultValueFactory = _ => new DriveOptions().DeadTimeSeconds };
    private static readonly Option<double> TimeConstant = new("--time-constant") { Description = "With --inverter setpoint: seconds of the way to the new power.", DefaultValueFactory = _ => new DriveOptions().TimeConstantSeconds };
    private static readonly Option<int> Ramp = new("--ramp") { Description = "With --inverter setpoint: steepest change in W/s; 0 for no limit." };
    private static readonly Option<int> DeadBand = new("--dead-band") { Description = "With --inverter setpoint: W by which a set-point must differ to count." };
    private static readonly Option<int> Delivery = new("--delivery") { Description = "With --inverter setpoint: percent of the set-point that come.", DefaultValueFactory = _ => new DriveOptions().DeliveryPercent };
    private static readonly Option<bool> Control = new("--control") { Description = "Adds an I/O module with the grid operator's contacts, a wallbox, a heat pump and a PV inverter, and the write sides to the building file." };
    private static readonly Option<double?> For = new("--for") { Description = "Ends after this many seconds." };
    private static readonly Option<FileInfo?> ReplayFile = new("--replay") { Description = "Only plays a capture file on --sml-pty, again and again." };
    private static readonly Option<int?> Baud = new("--baud") { Description = "With --replay: bytes come as slowly as at this speed." };

    public static RootCommand Create()
    {
        var command = new RootCommand($"A building to try the gateway on. Lines on the standard input: {SimulatorLine.Forms}; faults are {string.Join(", ", FaultSwitch.Names)}, contacts {string.Join(", ", Contacts.Names)}.")
        {
            Clock, Speed, Seed, Folder, BuildingFile, SmlPty, MeterPort, BatteryPort, Mqtt, StateFile, TruthFile, WritesFile, Inverter, DeadTime, TimeConstant, Ramp, DeadBand, Delivery, Control, Faults, For, ReplayFile, Baud,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (arguments.GetValue(For) is { } seconds) end.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            if (ClockOf(arguments) is not { } clock) return 2;
            var faults = (arguments.GetValue(Faults) ?? []).Select(text => (Text: text, Plan: PlannedFault.Parse(text))).ToList();
            foreach (var (text, _) in faults.Where(f => f.Plan is null)) await Console.Error.WriteLineAsync($"--fault {text}: write NAME[:DEVICE]@FROM[-TO] with NAME one of {string.Join(", ", FaultSwitch.Names)}.");
            if (faults.Any(f => f.Plan is null)) return 2;
            if (arguments.GetValue(Mqtt) is { } address && BrokerOf(address) is null)
            {
                await Console.Error.WriteLineAsync($"--mqtt {address}: write HOST or HOST:PORT with a port from 1 to 65535.");
                return 2;
            }

            if (arguments.GetValue(ReplayFile) is { } capture) await ReplayAsync(capture.FullName, arguments, end.Token);
            else await SimulateAsync(arguments, clock, faults.Select(f => f.Plan!), end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The normal end.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }

        return 0;
    }

    private static ModelTimeProvider? ClockOf(ParseResult arguments)
    {
        if (arguments.GetValue(Clock) is { } text)
        {
            var parsed = ModelTimeProvider.Parse(text);
            if (!parsed.Success) Console.Error.WriteLine(parsed.Error.Text);
            return parsed.Value;
        }

        double speed = arguments.GetValue(Speed);
        if (speed is < 0.001 or > 100_000)
        {
            Console.Error.WriteLine("--speed takes a number from 0.001 to 100000.");
            return null;
        }

        var now = TimeProvider.System.GetUtcNow();
        return new ModelTimeProvider(now, speed, now);
    }

    private static async Task SimulateAsync(ParseResult arguments, ModelTimeProvider clock, IEnumerable<PlannedFault> faults, CancellationToken cancellationToken)
    {
        await using var simulator = new SimulatedBuilding(OptionsOf(arguments), clock);
        if (arguments.GetValue(BuildingFile) is { } file) BuildingFileText.Write(file.FullName, simulator.Devices, arguments.GetValue(Control));
        Print(new { Ready = true, Clock = clock.ToString(), Devices = simulator.Devices.Select(d => d.Describe()) });
        var planned = faults.Select(f => simulator.SwitchAsync(f, cancellationToken)).ToList();
        _ = Task.Run(() => ListenAsync(simulator, cancellationToken), CancellationToken.None); // the console reads synchronously
        await simulator.RunAsync(cancellationToken);
        await Task.WhenAll(planned).WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static SimulatorOptions OptionsOf(ParseResult arguments)
    {
        string? folder = arguments.GetValue(Folder)?.FullName;
        if (folder is not null) Directory.CreateDirectory(folder);
        string? InFolder(string name) => folder is null ? null : Path.Combine(folder, name);
        string[] terminals = arguments.GetValue(SmlPty) ?? [];
        if (terminals.Length == 0) terminals = [InFolder("grid.tty") ?? Path.Combine(Directory.CreateTempSubdirectory("comako-simulator-").FullName, "grid.tty")];
        return new()
        {
            Building = new BuildingOptions
            {
                Seed = arguments.GetValue(Seed), Inverter = arguments.GetValue(Inverter),
                Drive = new()
                {
                    DeadTimeSeconds = arguments.GetValue(DeadTime), TimeConstantSeconds = arguments.GetValue(TimeConstant), RampWattsPerSecond = arguments.GetValue(Ramp),
                    DeadBandWatts = arguments.GetValue(DeadBand), DeliveryPercent = arguments.GetValue(Delivery),
                },
            },
            Control = arguments.GetValue(Control),
            SmlTerminals = [.. terminals.Select(Path.GetFullPath)],
            MeterPort = arguments.GetValue(MeterPort),
            BatteryPort = arguments.GetValue(BatteryPort),
            Mqtt = BrokerOf(arguments.GetValue(Mqtt)),
            StateFile = arguments.GetValue(StateFile)?.FullName ?? InFolder("state.json"),
            TruthFile = arguments.GetValue(TruthFile)?.FullName ?? InFolder("truth.jsonl"),
            WritesFile = arguments.GetValue(WritesFile)?.FullName,
        };
    }

    private static (string Host, int Port)? BrokerOf(string? address)
    {
        const int Usual = 1883;
        string[] parts = address?.Split(':') ?? [];
        if (parts is not [{ Length: > 0 } host, ..] || parts.Length > 2 || host.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-'))) return null;
        if (parts.Length == 1) return (host, Usual);
        return ushort.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out ushort port) && port > 0 ? (host, port) : null;
    }

    private static async Task ReplayAsync(string capture, ParseResult arguments, CancellationToken cancellationToken)
    {
        string? name = arguments.GetValue(SmlPty)?.FirstOrDefault();
        await using var line = PseudoTerminal.Create(name is null ? null : Path.GetFullPath(name));
        Print(new { Ready = true, Replay = capture, line.Path });
        await Replay.RunAsync(capture, line, arguments.GetValue(Baud), TimeProvider.System, cancellationToken);
    }

    /// <summary>Commands of a person or a test, one each line; a closed input changes nothing.</summary>
    private static async Task ListenAsync(SimulatedBuilding simulator, CancellationToken cancellationToken)
    {
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            bool done = await SimulatorLine.ObeyAsync(line, simulator);
            Print(new { Command = line, Done = done, Expected = done ? null : SimulatorLine.Forms });
        }
    }

    private static void Print(object line) => Console.Out.WriteLine(JsonSerializer.Serialize(line, Web));
}
