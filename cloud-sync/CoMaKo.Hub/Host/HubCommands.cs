using System.CommandLine;
using System.Net;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Host;

/// <summary>The command line of <c>comako-hub</c>. Exit codes: 0 done, 1 findings, 2 wrong usage.</summary>
internal static class HubCommands
{
    private static readonly Option<DirectoryInfo> Data = new("--data") { Description = "Folder of the hub's database and keys", Required = true };
    private static readonly DatabaseOption Database = new();

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("CoMaKo hub: takes register totals from gateways and makes load curves of them") { RunCommand(), MigrateCommand(), TraceCommand.Create(Data, Database), VerifyCommand.Create(), SettleCommand.Create(Data, Database), KeyCommand.Create(Data, Database), InviteCommand.Create(Data, Database), AuditCommand.Create(Data, Database), BackupCommands.Backup(Data, Database), BackupCommands.Restore(Data, Database) };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("comako-hub --help shows what can be said.");
            return 2;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or UnauthorizedAccessException or System.Data.Common.DbException or DllNotFoundException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }

    private static Command RunCommand()
    {
        var port = new Option<int>("--port") { Description = "Port of pages and REST", DefaultValueFactory = _ => 8090 };
        var syncPort = new Option<int>("--sync-port") { Description = "Port for gateways (gRPC over HTTP/2)", DefaultValueFactory = _ => 8091 };
        var clock = new Option<string?>("--clock") { Description = "Model clock for demonstrations: START/FACTOR/ORIGIN" };
        var loopback = new Option<bool>("--loopback") { Description = "Gateways on this machine only, without TLS" };
        var certificate = new Option<FileInfo?>("--certificate") { Description = "Server certificate and key of the sync port, one PEM file" };
        var gatewayCa = new Option<FileInfo?>("--gateway-ca") { Description = "Certificate authority of the gateways, PEM" };
        var rabbit = new Option<string?>("--rabbitmq") { Description = "Broker for events, amqp://user:password@host/vhost; default: the environment's RABBITMQ_URL, which keeps a password out of the list of processes; else none" };
        var listen = AddressOption("--listen", "Address of pages and REST; another than 127.0.0.1 only towards a proxy that brings TLS");
        var proxies = AddressOption("--proxy", "A proxy whose X-Forwarded-For counts, may be repeated");
        var settings = HubSettings.Option();
        var mail = new MailOptions();
        var command = new Command("run", "Serve until SIGTERM or Ctrl-C") { Data, Database.Option, port, syncPort, clock, loopback, certificate, gatewayCa, listen, proxies, rabbit, settings };
        foreach (var option in mail.All) command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var server = Database.Read(parsed);
            if (!server.Success) return await FailAsync(server.Error.ToString(), 2);
            string? brokerText = parsed.GetValue(rabbit) ?? Environment.GetEnvironmentVariable("RABBITMQ_URL");
            var broker = string.IsNullOrEmpty(brokerText) ? default : BrokerAddress.Parse(brokerText);
            if (!broker.Success) return await FailAsync(broker.Error.ToString(), 2);
            var messages = mail.Read(parsed);
            if (!messages.Success) return await FailAsync(messages.Error.ToString(), 2);
            var (decided, findings) = HubSettings.Load(parsed.GetValue(settings)?.FullName, parsed.GetValue(Data)!.FullName);
            if (findings.Count > 0) return await FailAsync(string.Join('\n', findings), 2);
            var options = new HubOptions(
                parsed.GetValue(Data)!.FullName, parsed.GetValue(port), parsed.GetValue(syncPort), parsed.GetValue(loopback),
                parsed.GetValue(certificate)?.FullName, parsed.GetValue(gatewayCa)?.FullName, server.Value)
            {
                PageAddress = parsed.GetValue(listen) is [.., var address] ? address : IPAddress.Loopback,
                Broker = broker.Value,
                Settings = decided,
                Mail = messages.Value!,
                Proxies = parsed.GetValue(proxies) ?? [],
            };
            return await ServeAsync(options, parsed.GetValue(clock), cancellationToken);
        });
        return command;
    }

    private static Option<IPAddress[]> AddressOption(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var addresses = new List<IPAddress>();
            foreach (var token in result.Tokens)
            {
                if (IPAddress.TryParse(token.Value, out var address)) addresses.Add(address);
                else result.AddError($"CMH-1006 {name}: '{token.Value}' is no IP address.");
            }

            return [.. addresses];
        },
    };

    private static Command MigrateCommand()
    {
        var command = new Command("migrate", "Bring the database to this version's schema; a file is copied before") { Data, Database.Option };
        command.SetAction((parsed, _) => WithDatabaseAsync(parsed, Data, Database, database =>
        {
            Console.WriteLine($"{database.Address} has the schema of this version.");
            return Task.FromResult(0);
        }));
        return command;
    }

    private static async Task<int> ServeAsync(HubOptions options, string? clockText, CancellationToken cancellationToken)
    {
        TimeProvider clock = TimeProvider.System;
        if (clockText is not null)
        {
            var parsed = ModelTimeProvider.Parse(clockText);
            if (!parsed.Success) return await FailAsync(parsed.Error.ToString(), 2);
            clock = parsed.Value!;
        }

        var findings = options.Validate();
        if (findings.Count > 0) return await FailAsync(string.Join('\n', findings), 2);
        Directory.CreateDirectory(options.DataFolder);
        await using var app = HubHost.Build(options, clock);
        await app.StartAsync(cancellationToken);
        foreach (string address in app.Urls) Console.WriteLine($"comako-hub listens at {address}");
        if (await app.Services.GetRequiredService<FirstOperator>().PrepareAsync(options.DataFolder) is { } code)
            Console.WriteLine($"Nobody can sign in yet. The first operator opens /pages/invitation with the code {code} (also in {FirstOperator.FileName} in the data folder).");
        using var systemd = new SystemdNotice(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
        systemd.Send("READY=1");
        var feeding = systemd.FeedAsync(app.Services.GetRequiredService<HubDatabase>(), app.Lifetime.ApplicationStopping);
        await app.WaitForShutdownAsync(cancellationToken);
        systemd.Send("STOPPING=1");
        await feeding;
        return 0;
    }

    /// <summary>Runs a command on the database that it names; a file is made if it is absent.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> WithDatabaseAsync(ParseResult parsed, Option<DirectoryInfo> data, DatabaseOption database, Func<HubDatabase, Task<int>> run)
    {
        var server = database.Read(parsed);
        if (!server.Success) return await FailAsync(server.Error.ToString(), 2);
        string folder = parsed.GetValue(data)!.FullName;
        Directory.CreateDirectory(folder);
        using var opened = HubSchema.Open(server.Value ?? DatabaseAddress.OfFile(HubOptions.DatabaseIn(folder)));
        return await run(opened);
    }

    /// <summary>Says what is wrong.</summary>
    /// <returns>The code.</returns>
    public static async Task<int> FailAsync(string text, int code)
    {
        await Console.Error.WriteLineAsync(text);
        return code;
    }
}
