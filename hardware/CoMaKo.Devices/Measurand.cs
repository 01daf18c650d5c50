namespace CoMaKo.Devices;

/// <summary>What a value measures. The unit of each is fixed and written behind it; signs follow the product's convention (+ towards the building).</summary>
public enum Measurand
{
    /// <summary>W, signed sum of the phases.</summary>
    ActivePower = 1,

    /// <summary>W.</summary>
    ActivePowerL1, ActivePowerL2, ActivePowerL3,

    /// <summary>Wh, register total, never negative.</summary>
    ActiveEnergyImport, ActiveEnergyExport,

    /// <summary>Wh, register total of one tariff.</summary>
    ActiveEnergyImportTariff1, ActiveEnergyImportTariff2, ActiveEnergyExportTariff1, ActiveEnergyExportTariff2,

    /// <summary>V.</summary>
    VoltageL1, VoltageL2, VoltageL3,

    /// <summary>A.</summary>
    CurrentL1, CurrentL2, CurrentL3,

    /// <summary>Hz.</summary>
    Frequency,

    /// <summary>VA.</summary>
    ApparentPower,

    /// <summary>var.</summary>
    ReactivePower,

    /// <summary>1 (−1 … 1).</summary>
    PowerFactor,

    /// <summary>% (0 … 100).</summary>
    StateOfCharge, StateOfHealth,

    /// <summary>Wh.</summary>
    BatteryCapacity,

    /// <summary>W, greatest permitted magnitude.</summary>
    MaxChargePower, MaxDischargePower,

    /// <summary>W on the direct-current side.</summary>
    DcPower,

    /// <summary>°C.</summary>
    Temperature,

    /// <summary>Code of the device's operating state as it sends it.</summary>
    OperatingState,

    /// <summary>A numeric entry without a meaning that the product uses; told apart by its OBIS code.</summary>
    Other,
}
