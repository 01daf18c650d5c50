namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>How a battery or a consumer is driven through its set-points (architecture §14). Powers are in W, + discharge.</summary>
/// <param name="Follows">Who balances inside a range.</param>
/// <param name="Resolution">Smallest step of the power, W.</param>
/// <param name="ExpiresSeconds">The device drops a command after so long by itself; absent: never, or <paramref name="ExpiresSetpoint"/> says when.</param>
/// <param name="ExpiresSetpoint">The set-point that carries the time.</param>
/// <param name="ReadsBack">Whether registers show what was written.</param>
/// <param name="Require">What must be so at the device before anything is written.</param>
/// <param name="Solar">Direct-current power of the strings behind the same inverter; needed where a set-point means its whole output.</param>
/// <param name="ChargeRating">Where the rated charge power stands, W; absent: the building file says it.</param>
/// <param name="DischargeRating">The same for discharge.</param>
/// <param name="Sequences">Requests in their order for each kind of command.</param>
public sealed record ProfileControl(
    BatteryFollower Follows, decimal Resolution, int? ExpiresSeconds, RegisterSetpoint? ExpiresSetpoint, bool ReadsBack, IReadOnlyList<ControlRequirement> Require,
    IReadOnlyList<RegisterField> Solar, RegisterField? ChargeRating, RegisterField? DischargeRating, IReadOnlyDictionary<ControlCommand, IReadOnlyList<ControlWrite>> Sequences)
{
    /// <summary>The requests of a command; none if the profile has no such command.</summary>
    public IReadOnlyList<ControlWrite> Of(ControlCommand command) => Sequences.GetValueOrDefault(command, []);

    /// <summary>Whether any request of the command needs the strings' power.</summary>
    public bool NeedsSolar(ControlCommand command) => Of(command).Any(w => w.Values.Any(v => v.Word == ControlWord.Output));
}

/// <summary>Kinds of command; each is a sequence of requests.</summary>
public enum ControlCommand
{
    /// <summary>A pinned power below 0.</summary>
    Charge,

    /// <summary>A pinned power of 0 or more.</summary>
    Discharge,

    /// <summary>A range in which the device follows its own meter.</summary>
    Range,

    /// <summary>Greatest power of a consumer.</summary>
    Limit,

    /// <summary>Back to the device's own mode.</summary>
    Release,
}

/// <summary>A register that lies between two values in a device that is set up to be controlled.</summary>
/// <param name="Text">What to do at the device if it does not.</param>
public sealed record ControlRequirement(RegisterField Field, decimal Min, decimal Max, string Text);

/// <summary>One request: set-points that stand side by side.</summary>
public sealed record ControlWrite(IReadOnlyList<ControlValue> Values)
{
    public ushort Start => Values[0].Setpoint.Field.Address;

    public int Length => Values.Sum(v => v.Setpoint.Field.Length);
}

/// <summary>What a set-point gets: a number of the profile, or one of the command's.</summary>
/// <param name="Literal">In the set-point's unit; absent if <paramref name="Word"/> is given.</param>
public sealed record ControlValue(RegisterSetpoint Setpoint, decimal? Literal, ControlWord? Word);

/// <summary>Numbers that a command brings.</summary>
public enum ControlWord
{
    /// <summary>W, + discharge.</summary>
    Power,

    /// <summary>W, magnitude.</summary>
    Charge,

    /// <inheritdoc cref="Charge"/>
    Discharge,

    /// <summary>W, what the inverter delivers on its alternating-current side: the battery's power and the strings'.</summary>
    Output,

    /// <summary>W, magnitude of the range's end.</summary>
    ChargeLimit,

    /// <inheritdoc cref="ChargeLimit"/>
    DischargeLimit,

    /// <summary>W, magnitude.</summary>
    ChargeRating,

    /// <inheritdoc cref="ChargeRating"/>
    DischargeRating,

    /// <summary>W, greatest power of a consumer.</summary>
    Limit,

    /// <summary>How long the command is valid.</summary>
    Seconds,
}
