using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>A SunSpec storage as the building file has it.</summary>
public sealed record SunSpecBatteryOptions(DeviceId Id, byte Unit)
{
    /// <summary>Who balances inside the range. Model 124 gives limits, so the inverter's own loop does unless the installer says otherwise.</summary>
    public BatteryFollower Follows { get; init; } = BatteryFollower.Device;

    /// <summary>Whether charging from the grid may be switched on at the device; default off (local-control.md 6.4).</summary>
    public bool MayChargeFromGrid { get; init; }

    /// <summary>Narrower ratings than the device's own; absent: the device's.</summary>
    public PowerRange? Limits { get; init; }
}

/// <summary>
/// The write side of a storage with SunSpec model 124: both rates become the ends of the range, negative ones force a direction (inverters.md 1.4).
/// Each call sets the revert timer first and the mode last, so that a power cut in between leaves the device in its own mode or with a timer running.
/// </summary>
/// <remarks>Until the device was met by a first call, <see cref="Traits"/> allow no power at all.</remarks>
public sealed class SunSpecBattery : IBatteryControl
{
    private const ushort BothLimits = 3;
    private const int LongestRevert = 0xFFFE;

    private readonly SunSpecBatteryOptions options;
    private readonly WearBudget wear;
    private readonly SunSpecControlModel model;
    private SunSpecRates? rates;
    private bool allowedGrid;

    /// <param name="client">The device's client on its bus.</param>
    /// <param name="wear">ChaGriSet is a setting and is counted.</param>
    public SunSpecBattery(IModbusClient client, SunSpecBatteryOptions options, WearBudget wear)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.options, this.wear) = (options, wear);
        model = new(client, options.Id, options.Unit, 124, SunSpecWriteQuirk.None, "StorCtl_Mod", "OutWRte", "InWRte", "InOutWRte_RvrtTms", "ChaGriSet");
        Traits = new(options.Limits ?? PowerRange.Pin(Power.Zero), options.Follows, Duration.Zero, new Power(1000));
    }

    public DeviceId Device => options.Id;

    public BatteryControlTraits Traits { get; private set; }

    public async Task SetRangeAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken)
    {
        var known = await MeetAsync(cancellationToken);
        var (output, input) = known.Encode(range);
        if (Traits.LongestValidity > Duration.Zero)
        {
            double seconds = Math.Clamp(Math.Floor(validFor.TotalSeconds), 1, LongestRevert);
            await model.WriteAsync("InOutWRte_RvrtTms", new[] { (ushort)seconds }, cancellationToken);
        }

        await model.WriteAsync("OutWRte", new[] { (ushort)output, (ushort)input }, cancellationToken);
        if (range.Max < Power.Zero) await AllowGridAsync(cancellationToken);
        await model.WriteAsync("StorCtl_Mod", new[] { BothLimits }, cancellationToken);
    }

    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await MeetAsync(cancellationToken);
        await model.WriteAsync("StorCtl_Mod", new ushort[] { 0 }, cancellationToken);
        if (!allowedGrid) return;
        await SpendAsync(isProtective: true, cancellationToken);
        await model.WriteAsync("ChaGriSet", new ushort[] { 0 }, cancellationToken);
        allowedGrid = false;
    }

    public async Task<PowerRange?> ReadBackAsync(CancellationToken cancellationToken)
    {
        if (!await model.MeetAsync(cancellationToken)) await model.ReadAsync(cancellationToken);
        var known = Learn();
        if (model.Find(124, "StorCtl_Mod") is not { } mode || mode == 0) return null;
        return known.Decode((int)mode, model.Find(124, "OutWRte"), model.Find(124, "InWRte"));
    }

    private async ValueTask<SunSpecRates> MeetAsync(CancellationToken cancellationToken)
    {
        bool isNew = await model.MeetAsync(cancellationToken);
        return !isNew && rates is { } known ? known : Learn();
    }

    /// <summary>Takes ratings and scale factors from what was read last: devices change factors at run time.</summary>
    private SunSpecRates Learn()
    {
        decimal charge = model.Find(124, "WChaMax") ?? model.Find(120, "MaxChaRte") ?? throw NoRating();
        decimal discharge = model.Find(120, "MaxDisChaRte") ?? charge;
        if (charge <= 0 || discharge <= 0) throw NoRating();
        if (model.Find(124, "ChaGriSet") == 0) allowedGrid = false; // a restarted device has forgotten it
        rates = new SunSpecRates(charge, discharge, model.ExponentOf("OutWRte"));
        var own = new PowerRange(-Power.FromWatts(charge), Power.FromWatts(discharge));
        var limits = options.Limits is { } given ? new PowerRange(own.Clamp(given.Min), own.Clamp(given.Max)) : own;
        var longest = model.Find(124, "InOutWRte_RvrtTms") is null ? Duration.Zero : Duration.FromSeconds(LongestRevert);
        Traits = new(limits, options.Follows, longest, rates.Resolution);
        return rates;
    }

    /// <summary>A forced charge takes what the sun does not give from the grid, if that is permitted here; else the device charges with what it has.</summary>
    private async ValueTask AllowGridAsync(CancellationToken cancellationToken)
    {
        if (!options.MayChargeFromGrid || allowedGrid || model.Find(124, "ChaGriSet") is null or 1) return;
        await SpendAsync(isProtective: false, cancellationToken);
        await model.WriteAsync("ChaGriSet", new ushort[] { 1 }, cancellationToken);
        allowedGrid = true;
    }

    private ValueTask SpendAsync(bool isProtective, CancellationToken cancellationToken) =>
        wear.SpendAsync(options.Id, [model.AddressOf("ChaGriSet")], isProtective, cancellationToken);

    private WriteRefusedException NoRating() => new("CME-2402", $"{options.Id} tells no rated charge power (WChaMax of model 124, MaxChaRte of model 120), so its percentages mean nothing: it is read only.");
}

/// <summary>Percentages of model 124 and the powers that they stand for.</summary>
/// <param name="Charge">What InWRte is a percentage of, W.</param>
/// <param name="Discharge">What OutWRte is a percentage of, W.</param>
/// <param name="Exponent">InOutWRte_SF.</param>
internal sealed record SunSpecRates(decimal Charge, decimal Discharge, int Exponent)
{
    private readonly decimal percent = Exponent switch { < 0 => 1 / PowerOfTen(-Exponent), _ => PowerOfTen(Exponent) };

    private decimal DischargeStep => Discharge * percent / 100;

    private decimal ChargeStep => Charge * percent / 100;

    private int Full => (int)Math.Min(short.MaxValue, 100 / percent);

    public Power Resolution => Power.FromWatts(Math.Max(ChargeStep, DischargeStep));

    /// <summary>
    /// Raw OutWRte and InWRte. Each end is rounded into the range; a range without a step inside takes the step towards 0,
    /// so that a magnitude is never more than asked for. A rate is at most 100 % of its own rating: a discharge can be forced up to the charge rating only,
    /// beyond it the device follows its meter up to the range's upper end.
    /// </summary>
    public (short Output, short Input) Encode(PowerRange range)
    {
        decimal most = Math.Floor(range.Max.Watts / DischargeStep), least = Math.Ceiling(range.Min.Watts / ChargeStep);
        if (most * DischargeStep < least * ChargeStep)
        {
            most = Math.Truncate(range.Max.Watts / DischargeStep);
            least = Math.Floor(most * DischargeStep / ChargeStep);
        }

        return ((short)Math.Clamp(most, -Full, Full), (short)Math.Clamp(-least, -Full, Full));
    }

    /// <summary>The range that the device holds; a bound that is not active is its rating.</summary>
    /// <param name="mode">StorCtl_Mod: bit 0 charge limit, bit 1 discharge limit.</param>
    /// <param name="output">OutWRte in percent.</param>
    /// <param name="input">InWRte in percent.</param>
    public PowerRange Decode(int mode, decimal? output, decimal? input)
    {
        decimal most = (mode & 2) != 0 && output is { } o ? o * Discharge / 100 : Discharge;
        decimal least = (mode & 1) != 0 && input is { } i ? -i * Charge / 100 : -Charge;
        return new(Power.FromWatts(Math.Min(least, most)), Power.FromWatts(Math.Max(least, most)));
    }

    private static decimal PowerOfTen(int exponent)
    {
        decimal power = 1;
        for (int i = 0; i < exponent; i++) power *= 10;
        return power;
    }
}
