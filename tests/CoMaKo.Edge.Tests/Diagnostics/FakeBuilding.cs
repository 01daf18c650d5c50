using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>A building that a test can put into any state; implements every port of the pages.</summary>
internal sealed class FakeBuilding(TimeProvider clock) : ISnapshotSource, ISyncStatus, IIntervalSource, IGatewayInfo
{
    public static readonly DeviceId Grid = new("grid-meter");
    public static readonly DeviceId Pv = new("pv-inverter");
    public static readonly DeviceId Battery = new("battery");
    public static readonly DeviceId Heat = new("heat-pump");

    public FakeControl Control { get; } = new();

    public MemoryAccess Access { get; } = new();

    public ListedAudit Audit { get; } = new();

    private readonly List<DeviceInfo> devices = [];
    private readonly Dictionary<DeviceId, DeviceSnapshot> seen = [];

    public Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    public BuildingSnapshot Current => new(Now, [.. devices.Select(device => seen[device.Id])]);

    SyncStatus ISyncStatus.Current => Sync;

    public SyncStatus Sync { get; set; } = new(null, false, null, null, new Epoch(0x1f2e3d4c5b6a7988), 1, 0, null, null, null);

    public List<RegisterDay> Registers { get; } = [];

    public GatewayId Id { get; } = new("gw-0417");

    public string Building { get; set; } = "Lindenhof 7";

    public DateTimeZone Zone { get; } = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    public string Version => "0.1.0";

    public Instant Started { get; set; } = Instant.FromDateTimeOffset(clock.GetUtcNow()) - Duration.FromHours(75);

    public Power ConnectionPower => Power.FromWatts(11_000);

    public IReadOnlyList<DeviceInfo> Devices => devices;

    public ClockInfo Clock { get; set; } = new(ClockTrust.Synchronised, Instant.FromDateTimeOffset(clock.GetUtcNow()) - Duration.FromHours(75), null);

    public StoreInfo Store { get; set; } = new("SQLite 3.40.1", 18_400_000, 21_300_000_000, Duration.FromDays(388), null);

    public List<LoopInfo> LoopList { get; } = [];

    public IReadOnlyList<LoopInfo> Loops => LoopList;

    public EnclosureInfo? Enclosure { get; set; }

    public int IntervalReads { get; private set; }

    public ValueTask<IReadOnlyList<RegisterDay>> ReadAsync(IReadOnlyList<QuarterHour> slots, CancellationToken cancellationToken)
    {
        IntervalReads++;
        return ValueTask.FromResult<IReadOnlyList<RegisterDay>>([.. Registers.Select(register => register with { Slots = [.. register.Slots.Where(slot => slots.Contains(slot.Slot))] })]);
    }

    /// <summary>Adds a device with a reading of the given age.</summary>
    public void Add(DeviceId id, string name, DeviceRole role, string profile, string link, Duration age, params (Measurand Measurand, decimal Value)[] values)
    {
        var statistics = new LinkStatistics();
        for (int i = 0; i < 86_280 / 4; i++) statistics.CountGood();
        if (devices.Count == 0)
            for (int i = 0; i < 11; i++) statistics.CountFault(FrameFault.Crc);
        devices.Add(new DeviceInfo(id, name, role, profile, link, Duration.FromSeconds(1), statistics));
        Read(id, age, values);
    }

    /// <summary>A new reading; a device older than three periods is stale.</summary>
    public void Read(DeviceId id, Duration age, params (Measurand Measurand, decimal Value)[] values)
    {
        var info = devices.Single(device => device.Id == id);
        var reading = values.Length == 0 ? null : new Reading(id, Now - age, Duration.Zero, "0a01495341000000002a", null, MeterAlarms.None, [.. values.Select(Measured)]);
        var kind = reading is null ? DeviceStatusKind.Starting : age > info.ExpectedPeriod * 3 ? DeviceStatusKind.Stale : DeviceStatusKind.Ok;
        seen[id] = new DeviceSnapshot(id, info.Role, new DeviceStatus(kind, null, null, Now - age), reading);
    }

    /// <summary>The driver gave up.</summary>
    public void Fail(DeviceId id, string code, string reason) =>
        seen[id] = seen[id] with { Status = new DeviceStatus(DeviceStatusKind.Faulted, code, reason, Now) };

    private static MeasuredValue Measured((Measurand Measurand, decimal Value) value) => value.Measurand switch
    {
        Measurand.ActiveEnergyImport => new(value.Measurand, ObisCode.ActiveEnergyImport, value.Value, 0.1m, false, false),
        Measurand.ActiveEnergyExport => new(value.Measurand, ObisCode.ActiveEnergyExport, value.Value, 0.1m, false, false),
        _ => new(value.Measurand, null, value.Value, 0, false, false),
    };
}
