namespace CoMaKo.Architecture.Tests;

/// <summary>Who may know whom. A new arrow is added here first, with its reason in DECISIONS.md of the folder.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["CoMaKo.Quantities"] = [],
        ["CoMaKo.Contracts"] = ["CoMaKo.Quantities"],
        ["CoMaKo.Devices"] = ["CoMaKo.Quantities"],
        ["CoMaKo.Devices.Protocols"] = ["CoMaKo.Quantities", "CoMaKo.Devices"],
        ["CoMaKo.Devices.Linux"] = ["CoMaKo.Quantities", "CoMaKo.Devices", "CoMaKo.Devices.Protocols"],
        // Optional, with -p:Adapters=nuget.
        ["CoMaKo.Devices.MqttNet"] = ["CoMaKo.Quantities", "CoMaKo.Devices", "CoMaKo.Devices.Protocols"],
        ["CoMaKo.Devices.NModbus"] = ["CoMaKo.Quantities", "CoMaKo.Devices", "CoMaKo.Devices.Protocols"],
        ["CoMaKo.Devices.IotBindings"] = ["CoMaKo.Quantities", "CoMaKo.Devices"],
        ["CoMaKo.Devices.SystemGpio"] = ["CoMaKo.Quantities", "CoMaKo.Devices"],
        ["CoMaKo.Devices.Simulator"] = ["CoMaKo.Quantities", "CoMaKo.Devices", "CoMaKo.Devices.Protocols", "CoMaKo.Devices.Linux"],
        ["CoMaKo.Edge.Acquisition"] = ["CoMaKo.Quantities", "CoMaKo.Devices"],
        ["CoMaKo.Edge.Control"] = ["CoMaKo.Quantities", "CoMaKo.Devices"],
        ["CoMaKo.Edge.Storage"] = ["CoMaKo.Quantities", "CoMaKo.Devices", "CoMaKo.Edge.Acquisition", "CoMaKo.Edge.Control"],
        // Optional, with -p:Adapters=nuget.
        ["CoMaKo.Edge.HostingSystemd"] = ["CoMaKo.Devices"],
        ["CoMaKo.Edge.Storage.LiteDb"] = ["CoMaKo.Quantities", "CoMaKo.Edge.Acquisition", "CoMaKo.Edge.Storage"],
        ["CoMaKo.Edge.Diagnostics"] = ["CoMaKo.Quantities", "CoMaKo.Devices"],
        ["CoMaKo.Edge"] =
        [
            "CoMaKo.Quantities", "CoMaKo.Devices", "CoMaKo.Devices.Protocols", "CoMaKo.Devices.Linux", "CoMaKo.Devices.IotBindings", "CoMaKo.Devices.MqttNet", "CoMaKo.Devices.NModbus", "CoMaKo.Devices.SystemGpio",
            "CoMaKo.Edge.Acquisition", "CoMaKo.Edge.Control", "CoMaKo.Edge.HostingSystemd", "CoMaKo.Edge.Storage", "CoMaKo.Edge.Storage.LiteDb", "CoMaKo.Edge.Diagnostics", "CoMaKo.Sync", "CoMaKo.Sync.GrpcNet",
        ],
        ["CoMaKo.Sync"] = ["CoMaKo.Quantities", "CoMaKo.Contracts"],
        // Optional, with -p:Adapters=nuget.
        ["CoMaKo.Sync.GrpcNet"] = ["CoMaKo.Contracts"],
        ["CoMaKo.Hub.Storage"] = ["CoMaKo.Quantities"],
        ["CoMaKo.Settlement"] = ["CoMaKo.Quantities"],
        ["CoMaKo.Hub"] = ["CoMaKo.Quantities", "CoMaKo.Contracts", "CoMaKo.Hub.Storage", "CoMaKo.Settlement"],
    };

    /// <summary>Each outside package stands behind one project; the exceptions carry their reason.</summary>
    private static readonly Dictionary<string, string[]> PackageOwners = new(StringComparer.Ordinal)
    {
        ["NodaTime"] = ["CoMaKo.Quantities"],
        ["Google.Protobuf"] = ["CoMaKo.Contracts"],
        ["Grpc.Tools"] = ["CoMaKo.Contracts"],
        ["Grpc.Net.Client"] = ["CoMaKo.Sync.GrpcNet"],
        ["LiteDB"] = ["CoMaKo.Edge.Storage.LiteDb"],
        ["Microsoft.Extensions.Hosting.Systemd"] = ["CoMaKo.Edge.HostingSystemd"],
        ["MQTTnet"] = ["CoMaKo.Devices.MqttNet"],
        ["NModbus"] = ["CoMaKo.Devices.NModbus"],
        ["Iot.Device.Bindings"] = ["CoMaKo.Devices.IotBindings"],
        // I2C and SPI devices that the bindings drive are its types, too.
        ["System.Device.Gpio"] = ["CoMaKo.Devices.SystemGpio", "CoMaKo.Devices.IotBindings"],
        ["YamlDotNet"] = ["CoMaKo.Devices.Protocols"],
        ["Polly.Core"] = ["CoMaKo.Sync"],
        // Two stores that never meet in one process: the gateway's buffer and the hub's database.
        ["Microsoft.Data.Sqlite.Core"] = ["CoMaKo.Edge.Storage", "CoMaKo.Hub.Storage"],
        ["Npgsql"] = ["CoMaKo.Hub.Storage"],
        ["SQLitePCLRaw.provider.e_sqlite3"] = ["CoMaKo.Edge.Storage", "CoMaKo.Hub.Storage"],
        // Each bounded context of the hub keeps its SQL beside it.
        ["Dapper"] = ["CoMaKo.Hub.Storage", "CoMaKo.Hub"],
        ["Microsoft.AspNetCore.OpenApi"] = ["CoMaKo.Hub"],
        ["QRCoder"] = ["CoMaKo.Hub"],
        ["RabbitMQ.Client"] = ["CoMaKo.Hub"],
        // Each executable has a command line.
        ["System.CommandLine"] = ["CoMaKo.Edge", "CoMaKo.Hub", "CoMaKo.Devices.Simulator"],
    };

    public static TheoryData<string> Projects => new(Solution.Production.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectReferences_OfProduction_AreAllowed(string name)
    {
        Assert.True(Allowed.ContainsKey(name), $"{name} is not in the table of allowed references.");
        Assert.Empty(Solution.Production[name].ProjectReferences.Except(Allowed[name]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void PackageReferences_OfProduction_HaveAnOwner(string name)
    {
        foreach (string package in Solution.Production[name].PackageReferences)
        {
            Assert.True(PackageOwners.TryGetValue(package, out var owners), $"{name} refers to {package}, which has no owner in the table.");
            Assert.Contains(name, owners);
        }
    }

    [Fact]
    public void EdgeAndHub_MeetOnlyInContracts()
    {
        string[] hub = Reach("CoMaKo.Hub");
        string[] edge = Reach("CoMaKo.Edge");
        Assert.All(hub.Intersect(edge), shared => Assert.StartsWith(Path.Combine(Solution.Root, "contracts"), Solution.Production[shared].Folder, StringComparison.Ordinal));
    }

    private static string[] Reach(string name) =>
        [name, .. Solution.Production[name].ProjectReferences.SelectMany(Reach).Distinct(StringComparer.Ordinal)];
}
