using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Writes;

/// <summary>A battery that is driven by set-points of a profile, as the building file has it.</summary>
public sealed record ProfileBatteryOptions(DeviceId Id, byte Unit)
{
    /// <summary>Rated powers where the device does not tell them, else narrower ones; absent: the device's own, or the span of its set-points.</summary>
    public PowerRange? Limits { get; init; }

    /// <summary>Overrides the profile.</summary>
    public BatteryFollower? Follows { get; init; }
}

/// <summary>The write side of a battery inverter by the sequences of its profile.</summary>
/// <remarks>
/// A range with both signs goes to the profile's <c>range</c> if it has one; otherwise the battery is pinned to the power of the range that is nearest to 0.
/// When the budget of a settings register is spent, the device keeps its last command while that lies inside the range, and otherwise gets its own mode back.
/// </remarks>
public sealed class ProfileBattery : IBatteryControl, IRegisterPreview
{
    private readonly ProfileBatteryOptions options;
    private readonly TimeProvider time;
    private readonly SetpointWriter writer;
    private readonly ProfileControl control;
    private PowerRange rated;
    private bool isReady;
    private PowerRange? given;
    private long givenAt;
    private Duration givenFor;

    /// <param name="client">The device's client on its bus.</param>
    /// <param name="time">Tells when a command has run out that cannot be read back.</param>
    /// <exception cref="WriteRefusedException"><c>CME-2402</c>: the profile has no control.</exception>
    public ProfileBattery(DeviceProfile profile, IModbusClient client, ProfileBatteryOptions options, WearBudget wear, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(options);
        (this.options, this.time) = (options, time);
        writer = new(profile, client, options.Id, options.Unit, wear);
        control = writer.Control;
        rated = options.Limits ?? (HasRatings ? PowerRange.Pin(Power.Zero) : Span());
        Traits = TraitsOf(rated);
    }

    public DeviceId Device => options.Id;

    public BatteryControlTraits Traits { get; private set; }

    private bool HasRatings => control.ChargeRating is not null && control.DischargeRating is not null;

    public async Task SetRangeAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken)
    {
        await GuardedAsync(async () =>
        {
            await PrepareAsync(cancellationToken);
            var (command, power, means) = CommandFor(range);
            decimal solar = control.NeedsSolar(command) ? await SolarAsync(cancellationToken) : 0;
            try
            {
                await writer.WriteAsync(command, word => ValueOf(word, power, means, validFor, solar), isProtective: false, cancellationToken);
            }
            catch (WriteRefusedException)
            {
                var kept = given ?? (control.ReadsBack ? await HeldAsync(cancellationToken) : null);
                if (kept is { } held && !(range.Min <= held.Min && held.Max <= range.Max)) await GiveBackAsync(cancellationToken);
                throw;
            }

            (given, givenAt, givenFor) = (command == ControlCommand.Range ? means : PowerRange.Pin(power), time.GetTimestamp(), Lasts(validFor));
        });
    }

    public async Task<IReadOnlyList<RegisterPreview>> PreviewAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken)
    {
        var (command, power, means) = CommandFor(range);
        decimal solar = control.NeedsSolar(command) ? await SolarAsync(cancellationToken) : 0;
        return await writer.PreviewAsync(command, word => ValueOf(word, power, means, validFor, solar), cancellationToken);
    }

    public Task ReleaseAsync(CancellationToken cancellationToken) => GuardedAsync(async () =>
    {
        await PrepareAsync(cancellationToken);
        await GiveBackAsync(cancellationToken);
    });

    public async Task<PowerRange?> ReadBackAsync(CancellationToken cancellationToken)
    {
        PowerRange? found = null;
        await GuardedAsync(async () =>
        {
            await PrepareAsync(cancellationToken);
            bool hasRunOut = givenFor > Duration.Zero && Duration.FromTimeSpan(time.GetElapsedTime(givenAt)) > givenFor;
            if (given is not null && hasRunOut) given = null; // what the registers still show is no longer in force
            else found = control.ReadsBack ? await HeldAsync(cancellationToken) : given;
        });
        return found;
    }

    /// <summary>The profile's command for a range, the power it pins, and the range as the device can do it.</summary>
    private (ControlCommand Command, Power Power, PowerRange Means) CommandFor(PowerRange range)
    {
        var power = rated.Clamp(range.Clamp(Power.Zero));
        bool follows = range.Min < range.Max && range.Contains(Power.Zero) && control.Of(ControlCommand.Range).Count > 0;
        var command = follows ? ControlCommand.Range : power < Power.Zero ? ControlCommand.Charge : ControlCommand.Discharge;
        return (command, power, new PowerRange(rated.Clamp(range.Min), rated.Clamp(range.Max)));
    }

    /// <summary>What the registers say; a profile whose commands show no mode cannot tell its own from what is left of an earlier one.</summary>
    private async ValueTask<PowerRange?> HeldAsync(CancellationToken cancellationToken)
    {
        // A full range may look like a release: what was given last is looked for first.
        ControlCommand[] commands = [ControlCommand.Range, ControlCommand.Charge, ControlCommand.Discharge];
        foreach (var command in given is null ? [ControlCommand.Release, .. commands] : (ControlCommand[])[.. commands, ControlCommand.Release])
        {
            var values = control.Of(command).SelectMany(w => w.Values).ToList();
            if (values.Count == 0 || (given is null && !values.Any(v => v.Literal is not null))) continue;
            var held = await writer.ReadBackAsync(command, cancellationToken);
            if (!values.All(v => FixedValue(v) is not { } value || held[v.Setpoint] == value)) continue;
            if (command == ControlCommand.Release) return null;
            decimal solar = control.NeedsSolar(command) ? await SolarAsync(cancellationToken) : 0;
            return RangeOf(values, held, solar);
        }

        return null;
    }

    /// <summary>What tells one command from another in the registers.</summary>
    private decimal? FixedValue(ControlValue value) =>
        value.Word is ControlWord.ChargeRating or ControlWord.DischargeRating ? value.Setpoint.Decode(value.Setpoint.Encode(ValueOf(value.Word.Value, Power.Zero, rated, Duration.Zero, 0))) : value.Literal;

    private static PowerRange? RangeOf(List<ControlValue> values, Dictionary<RegisterSetpoint, decimal?> held, decimal solar)
    {
        decimal? Of(ControlWord word) => values.FirstOrDefault(v => v.Word == word) is { } value ? held[value.Setpoint] : null;
        if (Of(ControlWord.ChargeLimit) is { } charge && Of(ControlWord.DischargeLimit) is { } discharge) return new(Power.FromWatts(-charge), Power.FromWatts(discharge));
        decimal? watts = Of(ControlWord.Power) ?? Of(ControlWord.Output) - solar ?? -Of(ControlWord.Charge) ?? Of(ControlWord.Discharge);
        return watts is { } pinned ? PowerRange.Pin(Power.FromWatts(pinned)) : null;
    }

    private decimal ValueOf(ControlWord word, Power power, PowerRange range, Duration validFor, decimal solar) => word switch
    {
        ControlWord.Power => power.Watts,
        ControlWord.Output => power.Watts + solar,
        ControlWord.Charge => Math.Max(0, -power.Watts),
        ControlWord.Discharge => Math.Max(0, power.Watts),
        ControlWord.ChargeLimit => Math.Max(0, -range.Min.Watts),
        ControlWord.DischargeLimit => Math.Max(0, range.Max.Watts),
        ControlWord.ChargeRating => -rated.Min.Watts,
        ControlWord.DischargeRating => rated.Max.Watts,
        ControlWord.Seconds => Math.Max(1, (decimal)Math.Floor(validFor.TotalSeconds)),
        _ => throw new InvalidOperationException($"{word} is no word of a battery."),
    };

    private async ValueTask GiveBackAsync(CancellationToken cancellationToken)
    {
        await writer.WriteAsync(ControlCommand.Release, word => ValueOf(word, Power.Zero, rated, Duration.FromSeconds(1), 0), isProtective: true, cancellationToken);
        given = null;
    }

    private async ValueTask<decimal> SolarAsync(CancellationToken cancellationToken)
    {
        decimal sum = 0;
        foreach (var field in control.Solar) sum += await writer.ReadAsync(field, cancellationToken) ?? 0;
        return sum;
    }

    private async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (isReady) return;
        await writer.CheckAsync(cancellationToken);
        if (HasRatings)
        {
            decimal charge = await writer.ReadAsync(control.ChargeRating!, cancellationToken) ?? 0, discharge = await writer.ReadAsync(control.DischargeRating!, cancellationToken) ?? 0;
            var own = new PowerRange(-Power.FromWatts(charge), Power.FromWatts(discharge));
            rated = options.Limits is { } narrower ? new(own.Clamp(narrower.Min), own.Clamp(narrower.Max)) : own;
        }

        Traits = TraitsOf(rated);
        isReady = true;
    }

    /// <summary>After a fault the device is looked at again before it is written.</summary>
    private async Task GuardedAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (e is not WriteRefusedException { Code: "CME-2401" })
        {
            isReady = false;
            writer.Forget();
            throw;
        }
    }

    private Duration Lasts(Duration validFor) => control.ExpiresSetpoint is not null ? validFor : Duration.FromSeconds(control.ExpiresSeconds ?? 0);

    private BatteryControlTraits TraitsOf(PowerRange limits) => new(
        limits, options.Follows ?? control.Follows, Duration.FromSeconds((double)(control.ExpiresSetpoint?.Max ?? control.ExpiresSeconds ?? 0)), Power.FromWatts(control.Resolution));

    /// <summary>What the set-points can express.</summary>
    private PowerRange Span()
    {
        decimal Most(ControlCommand command, Func<RegisterSetpoint, decimal> of) => control.Of(command).SelectMany(w => w.Values)
            .Where(v => v.Word is ControlWord.Power or ControlWord.Charge or ControlWord.Discharge or ControlWord.Output).Select(v => of(v.Setpoint)).DefaultIfEmpty(0).Max();
        return new(
            Power.FromWatts(-Most(ControlCommand.Charge, s => s.Min < 0 ? -s.Min : s.Max)), Power.FromWatts(Most(ControlCommand.Discharge, s => s.Max)));
    }
}
