using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>A SunSpec inverter whose output can be limited, as the building file has it.</summary>
/// <param name="Installed">Installed power of the plant (modules), which percent stages of the grid operator refer to.</param>
public sealed record SunSpecFeedInOptions(DeviceId Id, byte Unit, Power Installed)
{
    public SunSpecWriteQuirk Quirk { get; init; }
}

/// <summary>
/// The output limit of an inverter by SunSpec model 123: a percentage of WMax. It limits the inverter's whole alternating-current output,
/// with a hybrid also what the battery discharges (inverters.md 1.4).
/// </summary>
public sealed class SunSpecFeedIn : IFeedInLimit
{
    private const int LongestRevert = 0xFFFE;

    private readonly SunSpecFeedInOptions options;
    private readonly SunSpecControlModel model;

    public SunSpecFeedIn(IModbusClient client, SunSpecFeedInOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        string[] writable = HasSwitch ? ["WMaxLimPct", "WMaxLimPct_RvrtTms", "WMaxLim_Ena"] : ["WMaxLimPct"];
        model = new(client, options.Id, options.Unit, 123, options.Quirk, writable);
    }

    public DeviceId Device => options.Id;

    public Power Installed => options.Installed;

    /// <summary>Firmwares that want function 6 leave the switch as it is and have a time of their own: 100 % is their release.</summary>
    private bool HasSwitch => options.Quirk == SunSpecWriteQuirk.None;

    public async Task SetFeedInLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken)
    {
        await model.MeetAsync(cancellationToken);
        decimal rated = Rated();
        if (limit is null && HasSwitch)
        {
            await model.WriteAsync("WMaxLim_Ena", new ushort[] { 0 }, cancellationToken);
            return;
        }

        if (HasSwitch && model.Find(123, "WMaxLimPct_RvrtTms") is not null)
        {
            double seconds = Math.Clamp(Math.Floor(validFor.TotalSeconds), 1, LongestRevert);
            await model.WriteAsync("WMaxLimPct_RvrtTms", new[] { (ushort)seconds }, cancellationToken);
        }

        decimal share = limit is { } most ? Math.Clamp(most.Watts / rated, 0, 1) : 1;
        await model.WriteAsync("WMaxLimPct", new[] { (ushort)Math.Floor(share / Step()) }, cancellationToken);
        if (HasSwitch) await model.WriteAsync("WMaxLim_Ena", new ushort[] { 1 }, cancellationToken);
    }

    public async Task<Power?> ReadBackAsync(CancellationToken cancellationToken)
    {
        if (!await model.MeetAsync(cancellationToken)) await model.ReadAsync(cancellationToken);
        if (HasSwitch && model.Find(123, "WMaxLim_Ena") is not 1) return null;
        return model.Find(123, "WMaxLimPct") is { } percent && (HasSwitch || percent < 100) ? Power.FromWatts(Rated() * percent / 100) : null;
    }

    /// <summary>One raw step as a share of 1.</summary>
    private decimal Step()
    {
        decimal step = 0.01m;
        int exponent = model.ExponentOf("WMaxLimPct");
        for (int i = 0; i < Math.Abs(exponent); i++) step = exponent < 0 ? step / 10 : step * 10;
        return step;
    }

    private decimal Rated() => (model.Find(121, "WMax") ?? model.Find(120, "WRtg")) is { } watts and > 0 ? watts
        : throw new WriteRefusedException("CME-2402", $"{options.Id} tells no greatest output (WMax of model 121, WRtg of model 120), so its percentage means nothing: it is read only.");
}
