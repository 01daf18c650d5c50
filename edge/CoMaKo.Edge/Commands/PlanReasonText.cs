using System.Globalization;
using CoMaKo.Edge.Control.Rolling;

namespace CoMaKo.Edge.Commands;

/// <summary>A reason as one English sentence for the command line: steps are numbered, because a problem has no time of day.</summary>
internal static class PlanReasonText
{
    /// <param name="step">Step that the reason points to; absent if none.</param>
    public static string Of(PlanReason why, int? step) => why.Case switch
    {
        ReasonCase.StoreSurplus => $"Charges {Kilowatts(why.Power)} because surplus earns {Cents(why.Now)} now and saves {Cents(why.Later)} in step {step}.",
        ReasonCase.StoreSurplusValue => $"Charges {Kilowatts(why.Power)} because surplus earns only {Cents(why.Now)} and a stored kWh is worth {Cents(why.Value)}.",
        ReasonCase.StoreCheap => $"Charges {Kilowatts(why.Power)} from the grid because a kWh costs {Cents(why.Now)} now and {Cents(why.Later)} in step {step}.",
        ReasonCase.StoreCheapValue => $"Charges {Kilowatts(why.Power)} from the grid because a kWh costs {Cents(why.Now)} and a stored one is worth {Cents(why.Value)}.",
        ReasonCase.Cover => $"Gives {Kilowatts(why.Power)} because buying costs {Cents(why.Now)} and a stored kWh is worth {Cents(why.Value)}.",
        ReasonCase.Sell => $"Gives {Kilowatts(why.Power)} to the grid because it earns {Cents(why.Now)} and a stored kWh is worth {Cents(why.Value)}.",
        ReasonCase.Keep => $"Keeps its charge because a stored kWh is worth {Cents(why.Value)} and buying costs {Cents(why.Now)} now.",
        ReasonCase.ReleaseSurplus => $"Lets surplus go because it earns {Cents(why.Now)} and a stored kWh is worth only {Cents(why.Value)}.",
        ReasonCase.Follow => $"Nothing to do: a stored kWh is worth {Cents(why.Value)}, buying costs {Cents(why.Import)}, feeding in earns {Cents(why.Export)}.",
        ReasonCase.Full => "Takes nothing because it is full.",
        ReasonCase.Empty => "Gives nothing because it is empty.",
        ReasonCase.Reserve when why.Power is not null => string.Create(CultureInfo.InvariantCulture, $"Charges {Kilowatts(why.Power)} because less than {why.Stored:0.##} kWh is stored, which must be kept."),
        ReasonCase.Reserve => "Keeps what is reserved.",
        ReasonCase.Target => $"Charges {Kilowatts(why.Power)} because a goal stands in step {step}.",
        ReasonCase.Curtail => $"Cuts {Kilowatts(why.Power)} of PV because feeding in earns {Cents(why.Now)}.",
        _ => $"Charges {Kilowatts(why.Power)} from the grid because the grid operator leaves {Kilowatts(why.Limit)} for it.",
    };

    private static string Kilowatts(double? power) => string.Create(CultureInfo.InvariantCulture, $"{power:0.##} kW");

    private static string Cents(double? price) => string.Create(CultureInfo.InvariantCulture, $"{100 * price:0.##} ct");
}
