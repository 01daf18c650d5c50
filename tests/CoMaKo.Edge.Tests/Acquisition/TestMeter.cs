using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>How a register shows its energy; steps are those of the display, before the transformer.</summary>
internal enum Display
{
    TenthWattHour,
    WattHour,
    TenthKilowattHour,
    KilowattHour,
    Float32KilowattHour,
}

/// <summary>An import register that counts a load curve: quantised, rolling over at its capacity, resettable.</summary>
internal sealed class TestMeter(string serverId, LoadCurve load, Display display, decimal ratio, decimal capacity, decimal start, long installedMs)
{
    private decimal origin = start - load.Energy(installedMs);

    public string ServerId => serverId;

    /// <summary>Grows with each start of the meter's own clock.</summary>
    public long SecondsOffset { get; set; } = 10_000;

    /// <summary>How often it rolled over until a moment.</summary>
    public long Turns(long atMs) => (long)decimal.Floor((origin + load.Energy(atMs)) / capacity);

    /// <summary>The register without quantisation, in Wh.</summary>
    public decimal Exact(long atMs) => origin + load.Energy(atMs) - Turns(atMs) * capacity;

    /// <summary>How often it was reset.</summary>
    public int Resets { get; private set; }

    /// <summary>Starts elsewhere from this moment on.</summary>
    public void Reset(long atMs, decimal value)
    {
        origin = value - load.Energy(atMs);
        Resets++;
    }

    /// <summary>What the register shows, and its step there, both in Wh after the transformer.</summary>
    public (decimal Value, decimal Step) Shown(long atMs)
    {
        decimal exact = Exact(atMs) / ratio;
        decimal step = display switch { Display.TenthWattHour => 0.1m, Display.WattHour => 1m, Display.TenthKilowattHour => 100m, _ => 1000m };
        if (display != Display.Float32KilowattHour) return (decimal.Floor(exact / step) * step * ratio, step * ratio);
        float kilowattHours = (float)(exact / 1000m);
        decimal neighbours = ((decimal)(double)MathF.BitIncrement(kilowattHours) - (decimal)(double)kilowattHours) * 1000m;
        return ((decimal)(double)kilowattHours * 1000m * ratio, neighbours * ratio);
    }

    public Reading Read(DeviceId device, long atMs, Instant wall, Duration monotonic, decimal error = 0)
    {
        var (value, step) = Shown(atMs);
        bool isFloat = display == Display.Float32KilowattHour;
        return new Reading(device, wall, monotonic, serverId, SecondsOffset + atMs / 1000, MeterAlarms.None,
        [
            new MeasuredValue(Measurand.ActiveEnergyImport, ObisCode.ActiveEnergyImport, Math.Max(0, value + error), step, isFloat, false),
            new MeasuredValue(Measurand.ActivePower, ObisCode.ActivePower, load.Watts(atMs), 1, false, false),
        ]);
    }
}
