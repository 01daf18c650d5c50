using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Texts;

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

    private static int Decimals(Measurand measurand) => measurand switch
    {
        Measurand.Frequency or Measurand.PowerFactor or Measurand.CurrentL1 or Measurand.CurrentL2 or Measurand.CurrentL3 => 2,
        Measurand.VoltageL1 or Measurand.VoltageL2 or Measurand.VoltageL3 => 1,
        _ => 0,
    };
}
