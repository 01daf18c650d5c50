using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Configuration;

/// <summary>Reads what the building file says about control: keys of batteries, plants and consumers, <c>relays</c> and <c>control</c>.</summary>
internal static class ControlSection
{
    private static readonly Dictionary<string, BatteryFollower> Followers = new(StringComparer.Ordinal) { ["gateway"] = BatteryFollower.Gateway, ["device"] = BatteryFollower.Device };

    private static readonly Dictionary<string, LoadKind> LoadKinds = new(StringComparer.Ordinal)
    {
        ["wallbox"] = LoadKind.Wallbox, ["heat-pump"] = LoadKind.HeatPump, ["cooling"] = LoadKind.Cooling,
    };

    private static readonly Dictionary<string, RelayMeaning> Meanings = new(StringComparer.Ordinal)
    {
        ["dim"] = RelayMeaning.Dim, ["feed-in-60"] = RelayMeaning.FeedIn60, ["feed-in-30"] = RelayMeaning.FeedIn30, ["feed-in-0"] = RelayMeaning.FeedIn0,
        ["feed-in-100"] = RelayMeaning.FeedIn100,
    };

    private static readonly Dictionary<string, Phases> PhaseWords = new(StringComparer.Ordinal) { ["L1"] = Phases.L1, ["L2"] = Phases.L2, ["L3"] = Phases.L3, ["all"] = Phases.All };

    private static readonly Dictionary<string, bool> Actives = new(StringComparer.Ordinal) { ["closed"] = true, ["open"] = false };

    private static readonly Dictionary<string, bool> Levels = new(StringComparer.Ordinal) { ["low"] = true, ["high"] = false };

    private static readonly Dictionary<string, GpioBias> Biases = new(StringComparer.Ordinal)
    {
        ["as-is"] = GpioBias.AsIs, ["pull-up"] = GpioBias.PullUp, ["pull-down"] = GpioBias.PullDown, ["off"] = GpioBias.Off,
    };

    private static readonly Dictionary<string, DimMode> DimModes = new(StringComparer.Ordinal) { ["group"] = DimMode.Group, ["per-device"] = DimMode.PerDevice };

    private static readonly Dictionary<string, FeedInDefault> FeedInDefaults = new(StringComparer.Ordinal) { ["full"] = FeedInDefault.Full, ["last-stage"] = FeedInDefault.LastStage };

    public static ConfiguredBattery? Battery(YamlMap device)
    {
        if (device.OptionalMap("control") is not { } map) return null;
        if (device.OptionalText("role") is not "battery") device.Report("CME-1226", "control", "Only a device with the role 'battery' has this key.");
        var charge = Needed(map, "charge", map.Power("charge", 100, 1_000_000));
        var discharge = Needed(map, "discharge", map.Power("discharge", 100, 1_000_000));
        var capacity = map.Energy("capacity", 100, 10_000_000);
        if (capacity is null) Missing(map, "capacity");
        return new(
            map.OptionalWord("follows", Followers), new(-charge, discharge), capacity ?? Quantities.Energy.Zero, Validity(map), map.OptionalFlag("dimmable") ?? true,
            map.OptionalWord("phases", PhaseWords) ?? Phases.All)
        {
            RoundTrip = map.Percent("efficiency", 50) / 100, Wear = map.Price("wear", 0, 1),
        };
    }

    public static ConfiguredPlant? Plant(YamlMap device)
    {
        if (device.OptionalMap("feedIn") is not { } map) return null;
        if (device.OptionalText("role") is not ("pv" or "other")) device.Report("CME-1226", "feedIn", "Only a device with the role 'pv' or 'other' has this key.");
        var installed = Needed(map, "installed", map.Power("installed", 100, 10_000_000));
        return new(installed, (map.Percent("cap") ?? 100) / 100, map.OptionalFlag("limited") ?? true, map.OptionalWord("phases", PhaseWords) ?? Phases.All, Validity(map));
    }

    public static ConfiguredLoad? Load(YamlMap device)
    {
        if (device.OptionalMap("controllable") is not { } map) return null;
        if (device.OptionalText("role") is not "load") device.Report("CME-1226", "controllable", "Only a device with the role 'load' has this key.");
        var kind = map.Word("kind", LoadKinds);
        var rated = Needed(map, "rated", map.Power("rated", 100, 1_000_000));
        return new(kind, rated, map.Power("least", 0, 1_000_000), SgReady(map.OptionalMap("sgReady")), Validity(map));
    }

    private static ConfiguredSgReady? SgReady(YamlMap? map)
    {
        if (map is null) return null;
        string? bus = map.OptionalText("bus"), chip = map.OptionalText("chip");
        if (bus is null == chip is null) map.Report("CME-1206", "", "The contacts are coils on a 'bus' (I/O module) or lines of a 'chip' (GPIO).");
        string key = chip is null ? "coils" : "lines";
        var pair = map.OptionalIntegers(key, 0, 65_535);
        if (pair.Count != 2) map.Report("CME-1207", key, $"SG-Ready has two contacts: give '{key}' two numbers.");
        else if (bus is not null && pair[1] != pair[0] + 1) map.Report("CME-1207", key, "The two coils stand side by side, the first contact first: e.g. [0, 1].");
        return new(bus, (byte)(map.OptionalInteger("unit", 0, 247) ?? 1), chip, (int)pair.ElementAtOrDefault(0), (int)pair.ElementAtOrDefault(1), map.OptionalWord("closed", Levels) ?? false);
    }

    public static ConfiguredRelay Relay(YamlMap map)
    {
        var bias = map.OptionalWord("bias", Biases) ?? GpioBias.AsIs;
        // A pull-up is there for a contact that closes to ground.
        return new(map.Word("meaning", Meanings), Contact(map), map.Time("debounce", 0, 5) ?? Duration.FromMilliseconds(200), bias, map.OptionalWord("closed", Levels) ?? bias == GpioBias.PullUp);
    }

    public static ControlConfiguration Control(YamlMap? map, IReadOnlyList<ConfiguredRelay> relays) => new(
        SoC(map?.OptionalMap("soc")), Reserve(map?.OptionalMap("reserve")), Dim(map?.OptionalMap("dim"), relays), FeedIn(map?.OptionalMap("feedIn"), relays),
        Fuse(map?.OptionalMap("fuse")), Contract(map?.OptionalMap("contract")), map?.Flag("gridCharging") ?? false, map?.Power("gridTarget", 0, 1000),
        map?.Power("peakImport", 100, 10_000_000));

    public static Place? Place(YamlMap? map) =>
        map is null ? null : new((double)map.Decimal("latitude", -66, 66), (double)map.Decimal("longitude", -180, 180));

    private static SoCSettings SoC(YamlMap? map)
    {
        var usual = new SoCSettings();
        if (map is null) return usual;
        var set = usual with { WindowMin = map.Percent("min") ?? usual.WindowMin, WindowMax = map.Percent("max") ?? usual.WindowMax };
        if (set.WindowMin >= set.WindowMax) map.Report("CME-1207", "max", "The highest state of charge must be above the lowest.");
        return set with { HardMin = Math.Min(usual.HardMin, set.WindowMin), HardMax = Math.Max(set.WindowMax, usual.HardMax) };
    }

    private static ReserveSettings? Reserve(YamlMap? map)
    {
        if (map is null) return null;
        decimal? percent = map.Percent("percent");
        if (percent is null) Missing(map, "percent");
        return new(percent ?? 0) { Refill = map.OptionalFlag("refill") ?? true };
    }

    private static DimSettings Dim(YamlMap? map, IReadOnlyList<ConfiguredRelay> relays)
    {
        var set = new DimSettings { HasRelay = relays.Any(r => r.Meaning == RelayMeaning.Dim) };
        if (map is null) return set;
        return set with
        {
            Mode = map.OptionalWord("mode", DimModes) ?? set.Mode,
            PerDevice = map.Power("perDevice", 0, 1_000_000) ?? set.PerDevice,
            GroupLimit = map.Power("groupLimit", 0, 10_000_000),
        };
    }

    private static FeedInSettings FeedIn(YamlMap? map, IReadOnlyList<ConfiguredRelay> relays)
    {
        var set = new FeedInSettings { Relays = [.. relays.Select(r => r.Meaning).Where(m => m != RelayMeaning.Dim)] };
        if (map is null) return set;
        return set with
        {
            WhenNoneActive = map.OptionalWord("whenNoneActive", FeedInDefaults) ?? set.WhenNoneActive,
            FailsafeShare = map.Percent("failsafe") / 100,
            ReleasePerMinute = map.Percent("releasePerMinute", 1) / 100 ?? set.ReleasePerMinute,
        };
    }

    private static FuseSettings? Fuse(YamlMap? map)
    {
        if (map is null) return null;
        var import = Needed(map, "perPhase", map.Power("perPhase", 500, 1_000_000));
        return new(import, map.Power("exportPerPhase", 500, 1_000_000) ?? import);
    }

    private static ContractSettings Contract(YamlMap? map) => map is null
        ? new()
        : new() { ZeroExport = map.Flag("zeroExport"), ExportMax = map.Power("exportMax", 0, 10_000_000), ImportMax = map.Power("importMax", 0, 10_000_000) };

    private static ConfiguredContact Contact(YamlMap map)
    {
        string? bus = map.OptionalText("bus"), chip = map.OptionalText("chip");
        if (bus is null == chip is null) map.Report("CME-1206", "", "A contact is on a 'bus' (I/O module) or on a 'chip' (GPIO).");
        long number = chip is null ? map.Integer("input", 0, 65_535) : map.Integer("line", 0, 65_535);
        return new(bus, (byte)(map.OptionalInteger("unit", 0, 247) ?? 1), chip, (int)number, map.OptionalWord("active", Actives) ?? true);
    }

    private static Duration Validity(YamlMap map) => map.Time("validity", 5, 3600) ?? Duration.FromSeconds(60);

    private static Power Needed(YamlMap map, string key, Power? value)
    {
        if (value is null && !map.Has(key)) Missing(map, key);
        return value ?? Power.FromWatts(100);
    }

    private static void Missing(YamlMap map, string key) => map.Report("CME-1205", key, $"The key '{key}' is missing.");
}
