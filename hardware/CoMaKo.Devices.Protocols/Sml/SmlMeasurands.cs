using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>What the registers of household meters mean (metering.md 2.7).</summary>
internal static class SmlMeasurands
{
    /// <summary>1-0:15.7.0*255, magnitude of active power.</summary>
    public static readonly ObisCode UnsignedPower = new(1, 0, 15, 7, 0, 255);

    /// <summary>The measurand of a register and the unit that it must carry; <see cref="Measurand.Other"/> if the product does not use it by itself.</summary>
    public static (Measurand Measurand, byte? Unit) Of(ObisCode obis) => obis is not { A: 1, B: 0, F: 255 } ? (Measurand.Other, null) : (obis.C, obis.D, obis.E) switch
    {
        (1, 8, 0) => (Measurand.ActiveEnergyImport, SmlUnits.WattHour),
        (1, 8, 1) => (Measurand.ActiveEnergyImportTariff1, SmlUnits.WattHour),
        (1, 8, 2) => (Measurand.ActiveEnergyImportTariff2, SmlUnits.WattHour),
        (2, 8, 0) => (Measurand.ActiveEnergyExport, SmlUnits.WattHour),
        (2, 8, 1) => (Measurand.ActiveEnergyExportTariff1, SmlUnits.WattHour),
        (2, 8, 2) => (Measurand.ActiveEnergyExportTariff2, SmlUnits.WattHour),
        (16, 7, 0) => (Measurand.ActivePower, SmlUnits.Watt),
        (36, 7, 0) => (Measurand.ActivePowerL1, SmlUnits.Watt),
        (56, 7, 0) => (Measurand.ActivePowerL2, SmlUnits.Watt),
        (76, 7, 0) => (Measurand.ActivePowerL3, SmlUnits.Watt),
        (32, 7, 0) => (Measurand.VoltageL1, SmlUnits.Volt),
        (52, 7, 0) => (Measurand.VoltageL2, SmlUnits.Volt),
        (72, 7, 0) => (Measurand.VoltageL3, SmlUnits.Volt),
        (31, 7, 0) => (Measurand.CurrentL1, SmlUnits.Ampere),
        (51, 7, 0) => (Measurand.CurrentL2, SmlUnits.Ampere),
        (71, 7, 0) => (Measurand.CurrentL3, SmlUnits.Ampere),
        (14, 7, 0) => (Measurand.Frequency, SmlUnits.Hertz),
        _ => (Measurand.Other, null),
    };

    /// <summary>1.7.0 and 1.7.1 carry signed power where the meter has nothing better.</summary>
    public static bool IsSignedImportPower(ObisCode obis) => obis is { A: 1, B: 0, C: 1, D: 7, E: 0 or 1, F: 255 };
}
