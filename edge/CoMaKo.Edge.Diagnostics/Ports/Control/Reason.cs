namespace CoMaKo.Edge.Diagnostics;

/// <summary>Why the battery does something, as a case and the values to put into its sentence. The page has one template per case and language (<c>reason.CODE</c>).</summary>
/// <remarks>
/// Cases and their values (prices and worths in EUR/kWh, powers in W, charges in percent): <c>store-surplus</c>, <c>store-cheap</c> (power, now, later, at); <c>store-surplus-value</c>,
/// <c>store-cheap-value</c>, <c>sell</c>, <c>cover</c> (power, now, value); <c>keep</c>, <c>release-surplus</c> (now, value); <c>follow</c> (value, import, export);
/// <c>full</c>, <c>empty</c>, <c>reserve</c> (charge); <c>target</c> (power, charge, at); <c>dimmed</c>, <c>peak</c>, <c>limit</c> (power, limit); <c>curtail</c> (power, now).
/// </remarks>
/// <param name="Code">The planner's case in lower case with hyphens, e.g. <c>store-surplus</c>; a case without a template is shown by its mode alone.</param>
/// <param name="Values">Named values; a template that asks for one that is absent is not used.</param>
public sealed record Reason(string Code, IReadOnlyList<ReasonValue> Values);

/// <param name="Name">E.g. <c>now</c>, <c>later</c>, <c>at</c>, <c>power</c>, <c>value</c>.</param>
/// <param name="Number">In the unit; instants as Unix seconds.</param>
public readonly record struct ReasonValue(string Name, ReasonUnit Unit, decimal Number);

/// <summary>How a reason's number is written.</summary>
public enum ReasonUnit
{
    /// <summary>EUR/kWh, shown in ct.</summary>
    EurPerKwh,

    /// <summary>Shown in kW, without sign.</summary>
    Watts,
    Kwh,
    Percent,
    Eur,

    /// <summary>Unix seconds, shown as a local time.</summary>
    UnixSeconds,
}
