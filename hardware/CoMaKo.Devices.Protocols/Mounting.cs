namespace CoMaKo.Devices.Protocols;

/// <summary>How the building file says that a meter is mounted, and what its values mean in the building's terms.</summary>
/// <param name="Role">Place in the building. Generation and storage count what they deliver as export (2.8.0), as generation meters do, while their power is positive then.</param>
/// <param name="Invert">Mounted the other way round: power changes its sign, import and export change places.</param>
/// <param name="Ratio">CT factor by which powers, currents and energies are multiplied once; greater than 0.</param>
public sealed record Mounting(DeviceRole Role, bool Invert, decimal Ratio)
{
    /// <summary>A meter's value in the building's terms.</summary>
    public MeasuredValue OfMeter(MeasuredValue value) => Apply(value, Invert != (Role is DeviceRole.Pv or DeviceRole.Battery));

    /// <summary>An inverter's value, which already counts delivery as export.</summary>
    public MeasuredValue OfInverter(MeasuredValue value) => Apply(value, Invert);

    private MeasuredValue Apply(MeasuredValue value, bool exchange)
    {
        if (IsPrimary(value.Measurand)) value = value with { Value = value.Value * Ratio, Step = value.Step * Ratio };
        if (Invert && IsSigned(value.Measurand)) value = value with { Value = -value.Value };
        return exchange && value.Measurand is >= Measurand.ActiveEnergyImport and <= Measurand.ActiveEnergyExportTariff2 ? Exchanged(value) : value;
    }

    /// <summary>What flows through the transformer.</summary>
    private static bool IsPrimary(Measurand measurand) => measurand is (>= Measurand.ActivePower and <= Measurand.ActiveEnergyExportTariff2)
        or (>= Measurand.CurrentL1 and <= Measurand.CurrentL3) or Measurand.ApparentPower or Measurand.ReactivePower;

    private static bool IsSigned(Measurand measurand) =>
        measurand is (>= Measurand.ActivePower and <= Measurand.ActivePowerL3) or Measurand.ReactivePower or Measurand.PowerFactor or Measurand.DcPower;

    private static MeasuredValue Exchanged(MeasuredValue value) => value with
    {
        Measurand = value.Measurand switch
        {
            Measurand.ActiveEnergyImport => Measurand.ActiveEnergyExport,
            Measurand.ActiveEnergyExport => Measurand.ActiveEnergyImport,
            Measurand.ActiveEnergyImportTariff1 => Measurand.ActiveEnergyExportTariff1,
            Measurand.ActiveEnergyExportTariff1 => Measurand.ActiveEnergyImportTariff1,
            Measurand.ActiveEnergyImportTariff2 => Measurand.ActiveEnergyExportTariff2,
            _ => Measurand.ActiveEnergyImportTariff2,
        },
        Obis = value.Obis is { C: 1 or 2 } obis ? obis with { C = (byte)(3 - obis.C) } : value.Obis,
    };
}
