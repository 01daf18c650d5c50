using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>Units and useful decimals of measurands (the units are fixed in <see cref="Measurand"/>).</summary>
internal static class Units
{
    public static string Of(Measurand measurand) => measurand switch
    {
        Measurand.ActivePower or Measurand.ActivePowerL1 or Measurand.ActivePowerL2 or Measurand.ActivePowerL3
            or Measurand.MaxChargePower or Measurand.MaxDischargePower or Measurand.DcPower => "W",
        Measurand.BatteryCapacity => "Wh",
        _ when IsRegister(measurand) => "Wh",
        Measurand.VoltageL1 or Measurand.VoltageL2 or Measurand.VoltageL3 => "V",
        Measurand.CurrentL1 or Measurand.CurrentL2 or Measurand.CurrentL3 => "A",
        Measurand.Frequency => "Hz",
        Measurand.ApparentPower => "VA",
        Measurand.ReactivePower => "var",
        Measurand.StateOfCharge or Measurand.StateOfHealth => "%",
        Measurand.Temperature => "°C",
        _ => "",
    };

    public static bool IsRegister(Measurand measurand) => measurand is >= Measurand.ActiveEnergyImport and <= Measurand.ActiveEnergyExportTariff2;

    public static Quantity Quantity(Wording say, MeasuredValue value) => new(say.Number(value.Value, Decimals(value.Measurand)), Of(value.Measurand));

    /// <summary>What an OBIS code of electricity measures, where the field's meaning has a name here.</summary>
    public static Measurand? Measured(ObisCode? code) => code is not { A: 1 } obis ? null : (obis.C, obis.D, obis.E) switch
    {
        (1, 8, 0) => Measurand.ActiveEnergyImport,
        (2, 8, 0) => Measurand.ActiveEnergyExport,
        (1, 8, 1) => Measurand.ActiveEnergyImportTariff1,
        (1, 8, 2) => Measurand.ActiveEnergyImportTariff2,
        (2, 8, 1) => Measurand.ActiveEnergyExportTariff1,
        (2, 8, 2) => Measurand.ActiveEnergyExportTariff2,
        (16, 7, 0) or (1, 7, 0) => Measurand.ActivePower,
        (36, 7, 0) or (21, 7, 0) => Measurand.ActivePowerL1,
        (56, 7, 0) or (41, 7, 0) => Measurand.ActivePowerL2,
        (76, 7, 0) or (61, 7, 0) => Measurand.ActivePowerL3,
        (32, 7, 0) => Measurand.VoltageL1,
        (52, 7, 0) => Measurand.VoltageL2,
        (72, 7, 0) => Measurand.VoltageL3,
        (31, 7, 0) => Measurand.CurrentL1,
        (51, 7, 0) => Measurand.CurrentL2,
        (71, 7, 0) => Measurand.CurrentL3,
        (14, 7, 0) => Measurand.Frequency,
        _ => null,
    };

    private static int Decimals(Measurand measurand) => measurand switch
    {
        Measurand.Frequency or Measurand.PowerFactor or Measurand.CurrentL1 or Measurand.CurrentL2 or Measurand.CurrentL3 => 2,
        Measurand.VoltageL1 or Measurand.VoltageL2 or Measurand.VoltageL3 => 1,
        _ => 0,
    };
}
