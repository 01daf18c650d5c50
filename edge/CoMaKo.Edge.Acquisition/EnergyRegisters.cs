using System.Security.Cryptography;
using System.Text;
using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Which values are energy registers, and whose.</summary>
public static class EnergyRegisters
{
    /// <summary>Octets that leave room for the OBIS code in a <see cref="RegisterId"/>.</summary>
    private const int LongestMeterHex = 44;

    /// <summary>OBIS code of an energy register's current value; absent for other values (group F other than 255: a stored one).</summary>
    public static ObisCode? ObisOf(in MeasuredValue value) => CodeOf(value) is { F: 255 } code ? code : null;

    private static ObisCode? CodeOf(in MeasuredValue value) => value.Measurand switch
    {
        Measurand.ActiveEnergyImport => value.Obis ?? ObisCode.ActiveEnergyImport,
        Measurand.ActiveEnergyExport => value.Obis ?? ObisCode.ActiveEnergyExport,
        Measurand.ActiveEnergyImportTariff1 => value.Obis ?? ObisCode.ActiveEnergyImport with { E = 1 },
        Measurand.ActiveEnergyImportTariff2 => value.Obis ?? ObisCode.ActiveEnergyImport with { E = 2 },
        Measurand.ActiveEnergyExportTariff1 => value.Obis ?? ObisCode.ActiveEnergyExport with { E = 1 },
        Measurand.ActiveEnergyExportTariff2 => value.Obis ?? ObisCode.ActiveEnergyExport with { E = 2 },
        _ => null,
    };

    /// <summary>Whether a register counts exported energy.</summary>
    public static bool IsExport(ObisCode obis) => obis.C == ObisCode.ActiveEnergyExport.C;

    /// <summary>Whether a register is the sum of all tariffs.</summary>
    public static bool IsTotal(ObisCode obis) => obis.E == 0;

    /// <summary>The meter's identity in hex: its server id, or, where it has none that fits, one made of gateway and device name (0x0c, then 9 octets of SHA-256).</summary>
    public static string MeterOf(string? serverId, GatewayId gateway, DeviceId device)
    {
        if (serverId is { Length: > 0 and <= LongestMeterHex } && RegisterId.IsValid($"{serverId}~1-0.1.8.0")) return serverId;
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{gateway}/{device}/{serverId}"));
        return "0c" + Convert.ToHexStringLower(hash.AsSpan(0, 9));
    }
}
