namespace CoMaKo.Edge.Diagnostics;

/// <summary>Why the battery does something, as a case and the values to put into its sentence. The page has one template per case and language (<c>reason.CODE</c>).</summary>
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
