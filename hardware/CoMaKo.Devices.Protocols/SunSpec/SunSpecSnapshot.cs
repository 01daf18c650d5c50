using CoMaKo.Devices.Protocols.Profiles;

namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>The registers of some models of one device, each read in one request, and what they mean.</summary>
internal sealed class SunSpecSnapshot(SunSpecUnit unit, IReadOnlyDictionary<int, ushort[]> words)
{
    /// <summary>A point's number; absent if the model is not there or the point is not implemented.</summary>
    public RawNumber? Find(int model, string point) => words.TryGetValue(model, out ushort[]? registers) ? SunSpecModel.Find(model)![point].Decode(registers) : null;

    /// <summary>All measurands that a model gives by itself.</summary>
    public IEnumerable<MeasuredValue> ValuesOf(int model)
    {
        foreach (var (measurand, point) in SunSpecModel.Find(model)!.Meaning)
            if (Find(model, point) is { } raw && Value(measurand, raw) is var value && !(value.Obis is not null && value.Value < 0))
                yield return value;
    }

    /// <summary>Power of the photovoltaic strings in W; absent if the device does not tell them apart. Derived from direct current.</summary>
    public MeasuredValue? StringPower()
    {
        if (Modules() is not { } modules) return null;
        var strings = modules.Count == 4 ? modules[..2] : modules;
        var known = strings.OfType<RawNumber>().ToList();
        return known.Count == 0 ? null : Derived(known.Sum(n => n.Value), known.Max(n => n.Step));
    }

    /// <summary>Power of the storage in W, positive = discharge; absent if the device does not tell it.</summary>
    /// <remarks>
    /// In this order: model 802 as it stands; modules 3 (charge) and 4 (discharge) of a model 160 with four; the inverter's output less its strings;
    /// the inverter's output, if nothing speaks of photovoltaics behind it: no strings (160), no direct-current ports (714), no nameplate of type 82.
    /// </remarks>
    public MeasuredValue? StoragePower(int? inverter)
    {
        if (Find(802, "W") is { } battery) return Value(Measurand.ActivePower, battery);
        if (Modules() is [_, _, { } charge, { } discharge]) return Derived(discharge.Value - charge.Value, Math.Max(charge.Step, discharge.Step));
        if (inverter is not { } model || Find(model, "W") is not { } output) return null;
        if (StringPower() is { } strings) return Modules()!.Count == 4 ? null : Derived(output.Value - strings.Value, Math.Max(output.Step, strings.Step));
        return IsPureStorage ? Value(Measurand.ActivePower, output) : null;
    }

    /// <summary>Whether everything that the inverter delivers comes from the storage.</summary>
    public bool IsPureStorage => !unit.Has(160) && !unit.Has(714) && Find(120, "DERTyp")?.Value != PhotovoltaicsAndStorage;

    /// <summary>The first of these points that is implemented, as this measurand.</summary>
    public MeasuredValue? First(Measurand measurand, params ReadOnlySpan<(int Model, string Point)> points)
    {
        foreach (var (model, point) in points)
            if (Find(model, point) is { } raw) return Value(measurand, raw);
        return null;
    }

    private const int PhotovoltaicsAndStorage = 82;

    /// <summary>Power of each module of model 160, absent where not implemented; null without that model, or if not all modules fit into one request.</summary>
    private List<RawNumber?>? Modules()
    {
        if (Find(160, "N") is not { } count) return null;
        ushort[] registers = words[160];
        int modules = (int)count.Value;
        if (modules == 0 || SunSpecModules.FixedLength + SunSpecModules.Length * modules > registers.Length) return null;
        return [.. Enumerable.Range(0, modules).Select(i => SunSpecModules.Power(i).Decode(registers))];
    }

    private static MeasuredValue Value(Measurand measurand, RawNumber raw) =>
        new(measurand, ProfileWords.ObisOf(measurand), raw.Value, raw.Step, raw.IsFloat, IsDerived: false);

    private static MeasuredValue Derived(decimal watts, decimal step) => new(Measurand.ActivePower, null, watts, step, IsFloat: false, IsDerived: true);
}
