using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>Readings for tests that look at one rule. Time counts in seconds from a quarter hour's start.</summary>
internal static class Readings
{
    public const string Meter = "0a01544553540000002a";

    public static readonly DeviceId Device = new("grid");

    /// <summary>10:00:00 UTC, the start of a slot.</summary>
    public static readonly Instant Start = Instant.FromUtc(2026, 6, 1, 10, 0);

    public static Instant At(double seconds) => Start + Duration.FromSeconds(seconds);

    public static Reading Of(double seconds, params MeasuredValue[] values) =>
        new(Device, At(seconds), Duration.FromSeconds(seconds), Meter, null, MeterAlarms.None, values);

    public static MeasuredValue Import(decimal wattHours, decimal step = 0.1m) =>
        new(Measurand.ActiveEnergyImport, ObisCode.ActiveEnergyImport, wattHours, step, false, false);

    public static MeasuredValue Tariff(int tariff, decimal wattHours) => new(
        tariff == 1 ? Measurand.ActiveEnergyImportTariff1 : Measurand.ActiveEnergyImportTariff2,
        ObisCode.ActiveEnergyImport with { E = (byte)tariff }, wattHours, 0.1m, false, false);

    public static MeasuredValue Power(decimal watts) => new(Measurand.ActivePower, ObisCode.ActivePower, watts, 1, false, false);
}
