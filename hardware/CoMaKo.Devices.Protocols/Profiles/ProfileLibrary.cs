using System.Globalization;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>Something wrong with a profile's file.</summary>
/// <param name="File">Path of the file as found.</param>
public sealed record ProfileFinding(string File, Finding Finding)
{
    public override string ToString() => $"{File}: {Finding}";
}

/// <summary>All profiles of some folders. Each is read strictly and must read its own golden capture rightly; whatever is wrong is in the findings.</summary>
/// <param name="Profiles">By name; profiles with findings are left out.</param>
/// <remarks>Codes: those of <see cref="ProfileReader"/>; CME-1216 capture missing or damaged, CME-1217 the profile reads its capture wrongly, CME-1218 name used twice,
/// CME-2412 the profile writes other frames than its golden ones.</remarks>
public sealed record ProfileLibrary(IReadOnlyDictionary<string, DeviceProfile> Profiles, IReadOnlyList<ProfileFinding> Findings)
{
    /// <summary>Reads every <c>*.yaml</c> below these folders; a folder that does not exist has none.</summary>
    /// <param name="wanted">Only profiles of these names are read and proven, for a quick start; absent: all.</param>
    public static async Task<ProfileLibrary> LoadAsync(IEnumerable<string> folders, CancellationToken cancellationToken, IReadOnlySet<string>? wanted = null)
    {
        ArgumentNullException.ThrowIfNull(folders);
        var profiles = new Dictionary<string, DeviceProfile>(StringComparer.Ordinal);
        var all = new List<ProfileFinding>();
        foreach (string file in Files(folders).Where(file => wanted is null || PlainName(file) is not { } name || wanted.Contains(name)))
        {
            var (profile, findings) = ProfileReader.Read(StrictYaml.Load(file));
            if (profile is not null) findings = await VerifyAsync(profile, Path.GetDirectoryName(file)!, cancellationToken);
            if (findings.Count == 0 && !profiles.TryAdd(profile!.Name, profile))
                findings = [new("CME-1218", "profile", null, $"Another file already has a profile '{profile.Name}': choose another name.")];
            all.AddRange(findings.Select(f => new ProfileFinding(file, f)));
        }

        return new(profiles, all);
    }

    /// <summary>Names of all profiles below these folders, whether or not they are in order.</summary>
    public static IReadOnlySet<string> Names(IEnumerable<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        return Files(folders).Select(file => PlainName(file) ?? ProfileReader.Read(StrictYaml.Load(file)).Profile?.Name).OfType<string>().ToHashSet(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Files(IEnumerable<string> folders) =>
        folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)).Order(StringComparer.Ordinal);

    /// <summary>What stands behind <c>profile:</c>, without reading the rest; absent where only a reader of YAML can tell.</summary>
    private static string? PlainName(string file)
    {
        const string Key = "profile:";
        try
        {
            if (new FileInfo(file).Length > StrictYaml.MaxBytes) return null;
            string? name = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal))?[Key.Length..].Trim();
            return name is { Length: > 0 } && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? name : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // whoever reads it says so
        }
    }

    /// <summary>Reads the profile's golden capture with the profile and compares; nothing to find if it has none.</summary>
    /// <param name="folder">Where the capture lies.</param>
    public static async Task<IReadOnlyList<Finding>> VerifyAsync(DeviceProfile profile, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (profile.Verify is not { } verify) return [];
        string path = Path.Combine(folder, verify.Capture);
        if (!File.Exists(path) || new FileInfo(path).Length > RegisterCapture.MaxLength) return [Damaged("The capture is not beside the profile, or too long.")];
        var capture = RegisterCapture.Parse(await File.ReadAllTextAsync(path, cancellationToken));
        if (!capture.Success) return [Damaged($"{verify.Capture}: {capture.Error.Text}")];
        try
        {
            var reading = await PollAsync(profile, capture.Value!, cancellationToken);
            IEnumerable<Finding> findings = verify.Expect.Select(e => Compare(e.Key, e.Value, reading)).OfType<Finding>();
            return [.. findings, .. verify.Writes is { } writes ? await GoldenWrites.VerifyAsync(profile, capture.Value!, Path.Combine(folder, writes), cancellationToken) : []];
        }
        catch (IOException e)
        {
            return [new("CME-1217", "verify", null, $"The profile cannot read its capture: {e.Message}")];
        }

        static Finding Damaged(string text) => new("CME-1216", "verify.capture", null, text);
    }

    private static async ValueTask<Reading> PollAsync(DeviceProfile profile, RegisterCapture capture, CancellationToken cancellationToken)
    {
        var role = profile.Kind switch { DeviceKind.Meter => DeviceRole.Grid, DeviceKind.Inverter => DeviceRole.Pv, DeviceKind.Load => DeviceRole.Load, _ => DeviceRole.Battery };
        var options = new ModbusDeviceOptions(new("capture"), role, capture.Unit);
        var client = ModbusServer.Connect(capture.Tables);
        return profile.Transport == ProfileTransport.SunSpec
            ? await new SunSpecDevice(client, options, TimeProvider.System).PollAsync(cancellationToken)
            : await new ModbusDevice(profile, client, options, TimeProvider.System).PollAsync(cancellationToken);
    }

    /// <summary>Floats are compared within one step of theirs, integers exactly.</summary>
    private static Finding? Compare(Measurand measurand, decimal expected, Reading reading)
    {
        foreach (var value in reading.Values)
            if (value.Measurand == measurand && Math.Abs(value.Value - expected) <= (value.IsFloat ? value.Step : 0)) return null;
        string found = reading.Find(measurand)?.ToString(CultureInfo.InvariantCulture) ?? "nothing";
        return new("CME-1217", $"verify.expect.{measurand}", null, FormattableString.Invariant($"The profile reads {found} from its capture where {expected} is expected."));
    }
}
