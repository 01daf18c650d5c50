using System.Reflection;
using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Edge.Storage;
using CoMaKo.Sync;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Edge.Hosting;

/// <summary>Puts the gateway together: buffer, drivers, acquisition, uplink, technicians' page.</summary>
internal static class GatewayHost
{
    /// <summary>The composed service, ready to run.</summary>
    /// <exception cref="StoreException">The buffer cannot be opened; the message says why.</exception>
    public static WebApplication Build(GatewayOptions options, ProfileLibrary profiles, Outbox store, SqliteControlStore memory)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Listen(options.Page);
        });
        // A page that is looked at must not fill the journal.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));

        builder.Services.AddSingleton(memory);
        builder.Services.AddSingleton<IAuditLog, AuditJournal>();
        AddPage(builder.Services);
        AddAcquisition(builder.Services, options, profiles, store);
        if (options.Building.HasControl) AddControl(builder.Services, options, profiles);
        AddUplink(builder.Services, options);

        var app = builder.Build();
        app.MapDiagnostics();
        return app;
    }

    private static void AddAcquisition(IServiceCollection services, GatewayOptions options, ProfileLibrary profiles, Outbox store)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Clock);
        services.AddSingleton(store);
        services.AddSingleton<IClockSource>(options.ModelClock is null ? new KernelClock() : new DemonstrationClock());
        services.AddSingleton(_ => new Buses(options.Building.Buses));
        services.AddSingleton(_ => new Chips(Ports.Gpio[options.Building.Parts.Gpio].Create));
        services.AddSingleton(_ => new MqttSessions(options.Building.Buses, options.Clock));
        services.AddSingleton(provider => new Drivers(
            options.Building, provider.GetRequiredService<Buses>(), provider.GetRequiredService<MqttSessions>(), profiles, options.Clock,
            provider.GetRequiredService<IFrameTap>(), device => Pulses(provider, options, device)));
        services.AddSingleton(provider => provider.GetRequiredService<Drivers>().Infos);
        services.AddSingleton(provider => new AcquisitionService(
            provider.GetRequiredService<Drivers>().Acquired, store, store, provider.GetRequiredService<IClockSource>(), options.Clock,
            new AcquisitionOptions(options.Building.Gateway, EarliestTime(options), AcquisitionOptions.DefaultClockStepTolerance * options.ClockFactor)));
        services.AddSingleton<StoreWatch>();
        services.AddSingleton<DirectiveInbox>();
        Ports.Service[options.Building.Parts.Service].Create(services);
        services.AddSingleton<Watchdog>();
        services.AddSingleton(provider => EnclosureWatch.Of(options.Building.Enclosure, options, provider.GetRequiredService<ILogger<EnclosureWatch>>()));
        services.AddHostedService(provider => provider.GetRequiredService<EnclosureWatch>());
        if (options.Building.StatusLight is { } light) services.AddHostedService(provider => new StatusLightWorker(
            Ports.Light[light.Part].Create(light, chip => provider.GetRequiredService<Chips>()[chip]), provider.GetRequiredService<IOverallState>(), TimeProvider.System,
            provider.GetRequiredService<ILogger<StatusLightWorker>>()));
        services.AddHostedService<AcquisitionWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<MqttSessions>());
        if (options.Building.Publish is { } publish) services.AddHostedService(provider => new MqttPublisher(
            options, publish, provider.GetRequiredService<MqttSessions>(), provider.GetRequiredService<AcquisitionService>(), provider.GetRequiredService<IReadOnlyList<DeviceInfo>>(),
            provider.GetRequiredService<ILogger<MqttPublisher>>()));
        services.AddHostedService(provider => provider.GetRequiredService<StoreWatch>());
        services.AddHostedService(provider => provider.GetRequiredService<Watchdog>());
    }

    private static KeptPulses Pulses(IServiceProvider provider, GatewayOptions options, ConfiguredDevice device) => new(
        device, provider.GetRequiredService<Chips>()[device.Pulses!.Chip], options.Building.ConnectionPower, provider.GetRequiredService<SqliteControlStore>(), options.Clock, TimeProvider.System,
        provider.GetRequiredService<ILogger<KeptPulses>>());

    private static void AddControl(IServiceCollection services, GatewayOptions options, ProfileLibrary profiles)
    {
        var building = options.Building;
        services.AddSingleton<ControlJournal>();
        services.AddSingleton<LockKeeper>();
        services.AddSingleton(provider => new PriceKeeper(building, provider.GetRequiredService<ControlJournal>()));
        services.AddSingleton(provider => new PlanKeeper(
            building, provider.GetRequiredService<SqliteControlStore>(), provider.GetRequiredService<ControlJournal>(), provider.GetRequiredService<PriceKeeper>(),
            Directives(provider), provider.GetRequiredService<ILogger<PlanKeeper>>(), provider.GetRequiredService<HubOutlook>()));
        services.AddSingleton<HubOutlook>();
        services.AddSingleton(provider => new Contacts(
            building, provider.GetRequiredService<Buses>(), provider.GetRequiredService<Chips>(), provider.GetRequiredService<IFrameTap>(), options.Clock,
            provider.GetRequiredService<ControlEvents>().Changed));
        services.AddSingleton<ControlEvents>();
        services.AddSingleton(provider => Wear(provider.GetRequiredService<ControlJournal>(), options.Clock));
        services.AddSingleton(provider => new ControlImages(
            provider.GetRequiredService<AcquisitionService>(), provider.GetRequiredService<Drivers>().Infos, [.. PlantSettings.Loads(building).Select(d => d.Id)],
            provider.GetRequiredService<Contacts>().Signals, options.Clock));
        services.AddSingleton(provider => Loop(provider, building, profiles, options));
        services.AddSingleton<IControlSource, ControlSource>();
        services.AddSingleton<IControlCommands, ControlCommands>();
        services.AddSingleton(provider => new DailyReview(
            building, provider.GetRequiredService<SqliteControlStore>(), provider.GetRequiredService<PriceKeeper>(), provider.GetRequiredService<HubOutlook>()));
        services.AddSingleton<IControlHistory>(provider => new ControlHistory(
            provider.GetRequiredService<SqliteControlStore>(), provider.GetRequiredService<ControlJournal>(), provider.GetRequiredService<DailyReview>(), building));
        services.AddSingleton<IPlanSource>(provider => provider.GetRequiredService<PlanKeeper>());
        services.AddHostedService(provider => provider.GetRequiredService<ControlJournal>());
        services.AddHostedService<PlanWorker>();
        services.AddHostedService<ReviewWorker>();
        services.AddHostedService<ControlWorker>();
    }

    private static ControlLoop Loop(IServiceProvider provider, Building building, ProfileLibrary profiles, GatewayOptions options)
    {
        var plans = provider.GetRequiredService<PlanKeeper>();
        var loop = new ControlLoop(
            building,
            WriteSides.Of(
                building, device => provider.GetRequiredService<Buses>().Modbus(device.Bus).For(device.Id, new LinkStatistics(), provider.GetRequiredService<IFrameTap>()),
                profiles, provider.GetRequiredService<WearBudget>(), provider.GetRequiredService<Contacts>().HeatPumps, options.Clock),
            provider.GetRequiredService<ControlImages>().Now, Orders(provider), provider.GetRequiredService<Contacts>().Signals,
            [plans.Wishes], provider.GetRequiredService<ControlJournal>(), options.Clock);
        plans.Watch(loop);
        return loop;
    }

    private static Func<IEnumerable<HubDirective>> Directives(IServiceProvider provider)
    {
        var inbox = provider.GetRequiredService<DirectiveInbox>();
        return () => inbox.Current;
    }

    private static Func<ControlOrders> Orders(IServiceProvider provider)
    {
        var (locks, directives) = (provider.GetRequiredService<LockKeeper>(), provider.GetRequiredService<DirectiveInbox>());
        var (wishes, clock) = (provider.GetRequiredService<PlanKeeper>().Wishes, provider.GetRequiredService<GatewayOptions>().Clock);
        return () => new(locks.Order, [.. directives.Current.OfType<LimitDirective>()]) { PaidExport = wishes.PaidExport(Instant.FromDateTimeOffset(clock.GetUtcNow())) };
    }

    private static WearBudget Wear(ControlJournal journal, TimeProvider clock)
    {
        const string Key = "wear";
        return new(clock, journal.Recall<WearSnapshot>(Key), (snapshot, _) =>
        {
            journal.KeepNow(Key, snapshot);
            return ValueTask.CompletedTask;
        });
    }

    private static void AddUplink(IServiceCollection services, GatewayOptions options)
    {
        if (options.Hub is not { } hub) return;
        // On loopback without TLS the hub takes the id from this header; with TLS it takes it from the certificate and ignores the header.
        var identity = new Dictionary<string, string>(StringComparer.Ordinal) { ["comako-gateway"] = options.Building.Gateway.Value };
        services.AddSingleton(_ => Ports.Hub[options.Building.Parts.Hub].Create(hub, identity));
        services.AddSingleton<IEdgeSyncClient, GrpcEdgeSyncClient>();
        services.AddSingleton<IOutboxReader, StoreReader>();
        services.AddSingleton<IDirectiveSink>(provider => provider.GetRequiredService<DirectiveInbox>());
        services.AddSingleton<StatusReport>();
        services.AddSingleton(provider => new Uplink(
            provider.GetRequiredService<IOutboxReader>(), provider.GetRequiredService<IEdgeSyncClient>(), provider.GetRequiredService<IDirectiveSink>(),
            _ => ValueTask.FromResult(provider.GetRequiredService<StatusReport>().Compose()),
            new UplinkOptions(GatewayOptions.Version, options.Building.Name, options.Building.Zone.Id), options.Clock, provider.GetRequiredService<ILogger<Uplink>>()));
        services.AddHostedService<UplinkWorker>();
    }

    private static void AddPage(IServiceCollection services)
    {
        services.AddSingleton<ISnapshotSource, SnapshotSource>();
        services.AddSingleton<ISyncStatus, SyncSource>();
        services.AddSingleton<IIntervalSource, IntervalSource>();
        services.AddSingleton<IGatewayInfo, GatewayInfo>();
        services.AddSingleton<IFrameExplainer>(provider => new FrameExplainer(provider.GetRequiredService<GatewayOptions>().Building));
        services.AddSingleton<IAccessStore>(provider => new FileAccessStore(provider.GetRequiredService<GatewayOptions>().DataDirectory, TimeProvider.System));
        services.AddDiagnostics();
    }

    /// <summary>No clock is believed that is earlier; a demonstration may play in the past.</summary>
    private static Instant EarliestTime(GatewayOptions options) => options.ModelClock is { } model ? Instant.FromDateTimeOffset(model.Start) : ReleaseDate;

    /// <summary>Day of this release.</summary>
    private static Instant ReleaseDate { get; } = InstantPattern.General.Parse(
        typeof(GatewayHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(m => m.Key == "ReleaseDate").Value + "T00:00:00Z").Value;
}
