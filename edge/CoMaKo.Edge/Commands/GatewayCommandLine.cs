using System.CommandLine;
using System.Net;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Hosting;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Commands;

/// <summary>The options that `run` and `check` share, and what they are read into.</summary>
internal sealed class GatewayCommandLine
{
    /// <summary>The state directory of the systemd unit, or the one that an installation has.</summary>
    public static string UsualDataDirectory => Environment.GetEnvironmentVariable("STATE_DIRECTORY")?.Split(':')[0] ?? "/var/lib/comako-edge";

    private readonly Option<FileInfo> building = new("--building")
    {
        Description = "The building file.",
        DefaultValueFactory = _ => new FileInfo("/etc/comako/building.yaml"),
    };

    private readonly Option<DirectoryInfo> data = new("--data")
    {
        Description = "Where the buffer lives.",
        DefaultValueFactory = _ => new DirectoryInfo(UsualDataDirectory),
    };

    private readonly Option<int> port = new("--port") { Description = "Port of the technicians' page.", DefaultValueFactory = _ => 8080 };

    private readonly Option<string> listen = new("--listen")
    {
        Description = "Address on which the technicians' page listens; 0.0.0.0 for all.",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<string?> hub = new("--hub") { Description = "Sync port of the hub, instead of the one in the building file." };

    private readonly Option<string?> clock = new("--clock") { Description = "A demonstration's clock: START/FACTOR/ORIGIN.", Hidden = true };

    /// <summary>Where device profiles come from: the product's own, then those that a technician added beside the building file.</summary>
    private static IEnumerable<string> ProfileFolders(FileInfo building) =>
        [Path.Combine(AppContext.BaseDirectory, "profiles"), Path.Combine(building.DirectoryName ?? ".", "profiles")];

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[building, data, port, listen, hub, clock]) command.Options.Add(option);
    }

    /// <summary>Reads command line, building file and profiles; all findings at once.</summary>
    /// <param name="everyProfile">Also those that the building does not use; without, they cost no time and stop nothing.</param>
    public async Task<(GatewayOptions? Options, ProfileLibrary Profiles, IReadOnlyList<Finding> Findings)> ReadAsync(ParseResult parsed, bool everyProfile, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(building)!;
        var folders = ProfileFolders(file).ToList();
        var (content, inFile) = BuildingFile.Read(StrictYaml.Load(file.FullName), ProfileLibrary.Names(folders));
        var used = content?.Devices.Select(device => device.Profile).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var library = await ProfileLibrary.LoadAsync(folders, cancellationToken, everyProfile ? null : used);
        var inProfiles = library.Findings.Select(f => f.Finding with { Path = $"{f.File} {f.Finding.Path}".TrimEnd() });
        var findings = new List<Finding>([.. inProfiles, .. inFile.Select(f => f with { Path = $"{file.Name} {f.Path}".TrimEnd() })]);

        if (content is not null && used!.All(library.Profiles.ContainsKey)) findings.AddRange(WriteSides.Check(content, library).Select(f => f with { Path = $"{file.Name} {f.Path}" }));
        if (!IPAddress.TryParse(parsed.GetValue(listen), out var address)) findings.Add(new("CME-1230", "--listen", null, "This is not an IP address."));
        if (parsed.GetValue(port) is < 1 or > 65535) findings.Add(new("CME-1231", "--port", null, "A port is a number from 1 to 65535."));
        var hubAddress = Hub(parsed.GetValue(hub), findings) ?? content?.HubAddress;
        var model = Clock(parsed.GetValue(clock), findings);

        return findings.Count > 0 || content is null
            ? (null, library, findings)
            : (new(content, parsed.GetValue(data)!.FullName, new(address!, parsed.GetValue(port)), hubAddress, model), library, findings);
    }

    private static Uri? Hub(string? text, List<Finding> findings)
    {
        if (text is null) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            findings.Add(new("CME-1232", "--hub", null, $"'{text}' is not an address such as https://hub.example.org:8091."));
        else if (BuildingFile.HubAddressFault(address) is { } fault) findings.Add(new("CME-1225", "--hub", null, fault));
        else return address;
        return null;
    }

    private static ModelTimeProvider? Clock(string? text, List<Finding> findings)
    {
        if (text is null) return null;
        var parsed = ModelTimeProvider.Parse(text);
        if (!parsed.Success) findings.Add(new(parsed.Error.Code, "--clock", null, parsed.Error.Text));
        return parsed.Value;
    }
}
