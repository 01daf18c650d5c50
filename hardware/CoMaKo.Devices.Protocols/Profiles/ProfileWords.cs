using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>The words of a profile and what they stand for.</summary>
internal static class ProfileWords
{
    public static readonly Dictionary<string, DeviceKind> Kinds = new() { ["meter"] = DeviceKind.Meter, ["inverter"] = DeviceKind.Inverter, ["battery"] = DeviceKind.Battery, ["load"] = DeviceKind.Load };

    public static readonly Dictionary<string, ProfileTransport> Transports = new() { ["modbus"] = ProfileTransport.Modbus, ["sunspec"] = ProfileTransport.SunSpec };

    public static readonly Dictionary<string, RegisterTable> Tables = new() { ["holding"] = RegisterTable.Holding, ["input"] = RegisterTable.Input };

    public static readonly Dictionary<string, RegisterType> Types = Enum.GetValues<RegisterType>().ToDictionary(t => t.ToString().ToLowerInvariant());

    public static readonly Dictionary<string, WordOrder> Orders = new() { ["hi-lo"] = WordOrder.HighFirst, ["lo-hi"] = WordOrder.LowFirst };

    public static readonly Dictionary<string, bool> Memories = new() { ["volatile"] = true, ["eeprom"] = false };

    /// <summary>Whether function 6 is used.</summary>
    public static readonly Dictionary<string, bool> Functions = new() { ["multiple"] = false, ["single"] = true };

    public static readonly Dictionary<string, BatteryFollower> Followers = new() { ["gateway"] = BatteryFollower.Gateway, ["device"] = BatteryFollower.Device };

    /// <summary>Whether what was written can be read.</summary>
    public static readonly Dictionary<string, bool> ReadBacks = new() { ["registers"] = true, ["none"] = false };

    public static readonly Dictionary<string, ControlWord> ControlWords = new()
    {
        ["power"] = ControlWord.Power, ["charge"] = ControlWord.Charge, ["discharge"] = ControlWord.Discharge, ["output"] = ControlWord.Output,
        ["charge-limit"] = ControlWord.ChargeLimit, ["discharge-limit"] = ControlWord.DischargeLimit, ["charge-rating"] = ControlWord.ChargeRating,
        ["discharge-rating"] = ControlWord.DischargeRating, ["limit"] = ControlWord.Limit, ["seconds"] = ControlWord.Seconds,
    };

    public static readonly Dictionary<string, Measurand> Measurands =
        Enum.GetValues<Measurand>().Where(m => m != Measurand.Other).ToDictionary(m => m.ToString());

    /// <summary>Units that a measurand may be written in, each with its size in the measurand's own unit.</summary>
    public static Dictionary<string, decimal> UnitsOf(Measurand measurand) => measurand switch
    {
        >= Measurand.ActivePower and <= Measurand.ActivePowerL3 or Measurand.MaxChargePower or Measurand.MaxDischargePower or Measurand.DcPower =>
            new() { ["W"] = 1, ["kW"] = 1000 },
        (>= Measurand.ActiveEnergyImport and <= Measurand.ActiveEnergyExportTariff2) or Measurand.BatteryCapacity =>
            new() { ["Wh"] = 1, ["kWh"] = 1000, ["MWh"] = 1_000_000 },
        >= Measurand.VoltageL1 and <= Measurand.VoltageL3 => new() { ["V"] = 1 },
        >= Measurand.CurrentL1 and <= Measurand.CurrentL3 => new() { ["A"] = 1, ["mA"] = 0.001m },
        Measurand.Frequency => new() { ["Hz"] = 1 },
        Measurand.ApparentPower => new() { ["VA"] = 1, ["kVA"] = 1000 },
        Measurand.ReactivePower => new() { ["var"] = 1, ["kvar"] = 1000 },
        Measurand.StateOfCharge or Measurand.StateOfHealth => new() { ["%"] = 1 },
        Measurand.Temperature => new() { ["°C"] = 1 },
        _ => new() { ["1"] = 1 },
    };

    /// <summary>OBIS code that an energy measurand has unless the profile says otherwise; absent for other measurands.</summary>
    public static ObisCode? ObisOf(Measurand measurand) => measurand switch
    {
        Measurand.ActiveEnergyImport => ObisCode.ActiveEnergyImport,
        Measurand.ActiveEnergyImportTariff1 => ObisCode.ActiveEnergyImport with { E = 1 },
        Measurand.ActiveEnergyImportTariff2 => ObisCode.ActiveEnergyImport with { E = 2 },
        Measurand.ActiveEnergyExport => ObisCode.ActiveEnergyExport,
        Measurand.ActiveEnergyExportTariff1 => ObisCode.ActiveEnergyExport with { E = 1 },
        Measurand.ActiveEnergyExportTariff2 => ObisCode.ActiveEnergyExport with { E = 2 },
        _ => null,
    };
}
