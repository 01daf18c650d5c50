using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>States of a building that the pages are looked at in.</summary>
internal static class Scenes
{
    public static readonly IReadOnlyDictionary<string, Action<FakeBuilding>> All = new Dictionary<string, Action<FakeBuilding>>
    {
        ["normal"] = Normal,
        ["stale"] = Stale,
        ["offline"] = Offline,
        ["fault"] = Fault,
        ["empty"] = _ => { },
        ["planned"] = ControlScenes.Planned,
        ["limited"] = ControlScenes.Limited,
        ["locked"] = ControlScenes.Locked,
        ["begun"] = ControlScenes.Begun,
    };

    /// <summary>Sunny noon: PV produces, the surplus is exported and charges the battery.</summary>
    public static void Normal(FakeBuilding building)
    {
        building.Add(FakeBuilding.Grid, "Netzzähler", DeviceRole.Grid, "sml", "/dev/ttyUSB0 9600-8N1", Duration.FromMilliseconds(600),
            (Measurand.ActivePower, -1240), (Measurand.ActiveEnergyImport, 4_821_312.7m), (Measurand.ActiveEnergyExport, 7_105_443.1m),
            (Measurand.VoltageL1, 231.2m), (Measurand.VoltageL2, 229.8m), (Measurand.VoltageL3, 230.9m), (Measurand.Frequency, 49.99m));
        building.Add(FakeBuilding.Pv, "PV-Wechselrichter", DeviceRole.Pv, "eastron-sdm630", "tcp 192.0.2.7:502", Duration.FromMilliseconds(900),
            (Measurand.ActivePower, 6420), (Measurand.ActiveEnergyImport, 18_230_551m));
        building.Add(FakeBuilding.Battery, "Speicher", DeviceRole.Battery, "sunspec", "tcp 192.0.2.8:502", Duration.FromMilliseconds(800),
            (Measurand.ActivePower, -3000), (Measurand.StateOfCharge, 64), (Measurand.BatteryCapacity, 10_000), (Measurand.StateOfHealth, 97),
            (Measurand.MaxChargePower, 5000), (Measurand.MaxDischargePower, 5000), (Measurand.Temperature, 24));
        building.LoopList.AddRange([
            new("acquisition", building.Now - Duration.FromMilliseconds(200), Duration.FromSeconds(30)),
            new("storage", building.Now - Duration.FromMilliseconds(400), Duration.FromSeconds(30))]);
        building.Enclosure = new("sht3x (hwmon1)", 31.4m, 42, building.Now - Duration.FromSeconds(6), Duration.FromSeconds(30), null);
        Connect(building, backlog: 0);
        AddDay(building, FakeBuilding.Grid, ObisCode.ActiveEnergyImport, SettlementRole.Settlement, hour => hour is > 8 and < 17 ? 0 : 90);
        AddDay(building, FakeBuilding.Grid, ObisCode.ActiveEnergyExport, SettlementRole.Settlement, hour => hour is > 8 and < 17 ? 310 + hour * 20 : 0);
    }

    /// <summary>Evening; the heat pump's meter fell silent four minutes ago.</summary>
    public static void Stale(FakeBuilding building)
    {
        Normal(building);
        building.Read(FakeBuilding.Grid, Duration.FromMilliseconds(800), (Measurand.ActivePower, 40), (Measurand.VoltageL1, 229), (Measurand.VoltageL2, 230), (Measurand.VoltageL3, 228), (Measurand.Frequency, 50.01m));
        building.Read(FakeBuilding.Pv, Duration.FromMilliseconds(500), (Measurand.ActivePower, 0));
        building.Read(FakeBuilding.Battery, Duration.FromMilliseconds(900), (Measurand.ActivePower, 1820), (Measurand.StateOfCharge, 58), (Measurand.BatteryCapacity, 10_000));
        building.Add(FakeBuilding.Heat, "Wärmepumpe", DeviceRole.Load, "sml", "/dev/ttyUSB1 9600-8N1", Duration.FromMinutes(4), (Measurand.ActivePower, 1310));
    }

    /// <summary>No hub for hours; the grid meter has been silent for twenty minutes.</summary>
    public static void Offline(FakeBuilding building)
    {
        Normal(building);
        Connect(building, backlog: 78);
        building.Sync = building.Sync with
        {
            Connected = false,
            Since = building.Now - Duration.FromMinutes(288),
            Fault = new SyncFault("CME-1802", "The hub cannot be reached (Connection refused). Records wait in the store. Check the network and the hub's address.", building.Now - Duration.FromSeconds(40)),
            OldestWaiting = building.Now - Duration.FromMinutes(282),
        };
        building.Read(FakeBuilding.Grid, Duration.FromMinutes(20), (Measurand.ActivePower, 1310));
    }

    /// <summary>Everything that can be wrong at once.</summary>
    public static void Fault(FakeBuilding building)
    {
        Normal(building);
        building.Fail(FakeBuilding.Pv, "CME-1613", "tcp 192.0.2.7:502 does not answer: check that the device has power and that the network reaches it.");
        building.Store = building.Store with { Fault = new StoreFault("CME-1701", "The disk of /var/lib/comako-edge is full; records wait in memory. Free some space.", building.Now), FreeBytes = 0, RoomLeft = Duration.FromDays(0) };
        building.Clock = new ClockInfo(ClockTrust.Unknown, building.Started, Duration.FromSeconds(-3));
        building.Enclosure = building.Enclosure! with { At = building.Now - Duration.FromMinutes(3), Fault = new("CME-2602", "sht3x (hwmon1) does not answer: No such device") };
        building.LoopList[1] = building.LoopList[1] with { LastProgress = building.Now - Duration.FromMinutes(2) };
    }

    /// <summary>An uplink that works.</summary>
    public static void Connect(FakeBuilding building, long backlog) => building.Sync = building.Sync with
    {
        Hub = "https://hub.example.org:8443", Connected = true, Since = building.Now - Duration.FromHours(26), NextSequence = 184_168,
        AcknowledgedSequence = 184_167 - backlog, LastAcknowledged = building.Now - Duration.FromMinutes(12), RoundTrip = Duration.FromMilliseconds(41),
    };

    private static void AddDay(FakeBuilding building, DeviceId device, ObisCode obis, SettlementRole role, Func<int, long> wattHours)
    {
        var slots = QuarterHour.OfDay(building.Now.InZone(building.Zone).Date, building.Zone);
        var totals = new List<SlotTotal>();
        long total = 4_800_000;
        for (int i = 0; i < slots.Count && slots[i].End <= building.Now; i++)
        {
            if (i == 31) continue; // one gap
            long energy = wattHours(slots[i].Start.InZone(building.Zone).Hour);
            total += energy;
            totals.Add(new SlotTotal(slots[i], new Energy(total), i is 0 or 32 ? null : new Energy(energy), i is 12 or 13 ? Quality.InterpolatedInStep : Quality.Measured, 1, 184_168 - 2 * (slots.Count(slot => slot.End <= building.Now) - i)));
        }

        building.Registers.Add(new RegisterDay(RegisterId.Of("0a01495341000000002a", obis), obis, role, device, slots[0].Start - Duration.FromDays(30), totals));
    }
}
