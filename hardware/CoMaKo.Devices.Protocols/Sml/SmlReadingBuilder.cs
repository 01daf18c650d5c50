using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>
/// Turns the entries of a frame into measured values of the product: what a register means, signs by status bit, totals of tariffs, inversion, CT factor (metering.md 2.7–2.9).
/// </summary>
internal sealed class SmlReadingBuilder(DeviceId device, Mounting mounting)
{
    private readonly List<MeasuredValue> values = [];

    /// <summary>Composes a reading; the frame may be filled again afterwards.</summary>
    public Reading Build(SmlFrame frame, Instant at, Duration monotonic)
    {
        values.Clear();
        var alarms = MeterAlarms.None;
        foreach (ref readonly var entry in frame.Entries)
        {
            if (entry.Status is { } status) alarms |= SmlStatusWord.Alarms(status);
            if (entry.TryGetValue(out decimal value)) values.Add(Measured(entry, value));
        }

        AddUnsignedPower(frame.Entries);
        AddDifference(Measurand.ActivePower, new(1, 0, 16, 7, 0, 255), new(1, 0, 1, 7, 0, 255), new(1, 0, 2, 7, 0, 255));
        AddDifference(Measurand.ActivePowerL1, new(1, 0, 36, 7, 0, 255), new(1, 0, 21, 7, 0, 255), new(1, 0, 22, 7, 0, 255));
        AddDifference(Measurand.ActivePowerL2, new(1, 0, 56, 7, 0, 255), new(1, 0, 41, 7, 0, 255), new(1, 0, 42, 7, 0, 255));
        AddDifference(Measurand.ActivePowerL3, new(1, 0, 76, 7, 0, 255), new(1, 0, 61, 7, 0, 255), new(1, 0, 62, 7, 0, 255));
        NamePower();
        AddTariffTotal(frame.Entries, Measurand.ActiveEnergyImport, 1);
        AddTariffTotal(frame.Entries, Measurand.ActiveEnergyExport, 2);
        for (int i = 0; i < values.Count; i++) values[i] = mounting.OfMeter(values[i]);
        string? serverId = frame.ServerId.IsEmpty ? null : Convert.ToHexStringLower(frame.ServerId);
        return new Reading(device, at, monotonic, serverId, frame.Seconds, alarms, values.ToArray());
    }

    private static MeasuredValue Measured(in SmlEntry entry, decimal value)
    {
        var (measurand, unit) = SmlMeasurands.Of(entry.Obis);
        bool isNegativeTotal = unit == SmlUnits.WattHour && value < 0;
        if (entry.Unit != unit || isNegativeTotal) measurand = Measurand.Other;
        return new MeasuredValue(measurand, entry.Obis, value, entry.Step, IsFloat: false, IsDerived: false);
    }

    /// <summary>EMH ED300L and eHZ-H send power without a sign in 15.7.0; the status word of the energy register has the direction.</summary>
    private void AddUnsignedPower(ReadOnlySpan<SmlEntry> entries)
    {
        if (Has(Measurand.ActivePower)) return;
        ulong? status = null;
        foreach (ref readonly var entry in entries) status ??= entry.Status;
        foreach (ref readonly var entry in entries)
        {
            if (entry.Obis != SmlMeasurands.UnsignedPower || entry.Unit != SmlUnits.Watt || !entry.TryGetValue(out decimal watts)) continue;
            if (status is not { } word) return; // without the direction there is no signed power
            values.Add(new MeasuredValue(Measurand.ActivePower, ObisCode.ActivePower, SmlStatusWord.IsExport(word) ? -watts : watts, entry.Step, IsFloat: false, IsDerived: true));
            return;
        }
    }

    /// <summary>Meters with one register for each direction: signed power is their difference.</summary>
    private void AddDifference(Measurand measurand, ObisCode signed, ObisCode import, ObisCode export)
    {
        if (Has(measurand) || Find(import) is not { } plus || Find(export) is not { } minus) return;
        values.Add(new MeasuredValue(measurand, signed, plus.Value - minus.Value, Math.Max(plus.Step, minus.Step), IsFloat: false, IsDerived: true));
    }

    /// <summary>Old eHZ meters and the Hager EHZ361 send signed power in 1.7.0 or 1.7.1 alone.</summary>
    private void NamePower()
    {
        if (Has(Measurand.ActivePower)) return;
        int at = values.FindIndex(v => v.Obis is { } obis && SmlMeasurands.IsSignedImportPower(obis));
        if (at >= 0) values[at] = values[at] with { Measurand = Measurand.ActivePower };
    }

    /// <summary>Old eHZ meters have no total. A tariff that is in the list without a value would make the sum jump, so there is none then.</summary>
    private void AddTariffTotal(ReadOnlySpan<SmlEntry> entries, Measurand total, byte group)
    {
        if (Has(total)) return;
        decimal sum = 0, step = 0;
        bool any = false;
        foreach (ref readonly var entry in entries)
        {
            if (entry.Obis is not { A: 1, B: 0, D: 8, E: 0 or 1 or 2, F: 255 } || entry.Obis.C != group) continue;
            if (entry.Unit != SmlUnits.WattHour || !entry.TryGetValue(out decimal value) || value < 0) return;
            (sum, step, any) = (sum + value, Math.Max(step, entry.Step), true);
        }

        if (any) values.Add(new MeasuredValue(total, new ObisCode(1, 0, group, 8, 0, 255), sum, step, IsFloat: false, IsDerived: true));
    }

    private bool Has(Measurand measurand) => values.Exists(v => v.Measurand == measurand);

    private MeasuredValue? Find(ObisCode obis)
    {
        int at = values.FindIndex(v => v.Obis == obis);
        return at < 0 ? null : values[at];
    }
}
