using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>What a quarter hour of the plan says in words.</summary>
internal static class SlotWords
{
    private const decimal IdleWatts = 20;

    /// <summary>What the batteries did, or shall do.</summary>
    public static string Of(Wording say, PlanSlot? slot)
    {
        string? planned = slot?.Planned is { } plan ? Planned(say, plan.Battery) : null;
        if (slot?.Measured?.Battery is not { } power) return planned ?? say["slot.nothing"];
        string measured = Math.Abs(power.Watts) < IdleWatts ? say["slot.idled"] : say[power > Power.Zero ? "slot.gave" : "slot.took", Kilowatts(say, power)];
        return planned is null ? measured : say["slot.planned", measured, planned];
    }

    /// <summary>Prices, forecasts, charge and worth; only what is known.</summary>
    public static string Details(Wording say, PlanSlot? slot)
    {
        if (slot is null) return "";
        var (planned, measured) = (slot.Planned, slot.Measured);
        return string.Join(" · ", ((string?[])[
            slot.ImportPrice is { } import ? say[slot.IsPriceExpected ? "slot.import.expected" : "slot.import", say.Cents(import)] : null,
            slot.ExportPrice is { } export ? say["slot.export", say.Cents(export)] : null,
            (measured?.Pv ?? planned?.Pv.Median) is { } pv ? say["slot.pv", Kilowatts(say, pv)] : null,
            (measured?.Load ?? planned?.Load.Median) is { } load ? say["slot.home", Kilowatts(say, load)] : null,
            (measured?.SoCPercent ?? planned?.SoCPercent) is { } charge ? say["slot.charge", say.Percent(charge)] : null,
            measured is null && planned is not null ? say["slot.value", say.Cents(planned.Value)] : null]).OfType<string>());
    }

    /// <summary>A range of power as a mode with bounds.</summary>
    public static string Planned(Wording say, PowerRange range)
    {
        bool gives = range.Max.Watts >= IdleWatts, takes = range.Min.Watts <= -IdleWatts;
        if (!gives && !takes) return say["slot.idle"];
        if (gives && takes) return say["slot.follows", Kilowatts(say, range.Min), Kilowatts(say, range.Max)];
        var (less, more) = gives ? (range.Min, range.Max) : (range.Max, range.Min);
        string key = gives ? "slot.gives" : "slot.takes";
        if (Math.Abs(less.Watts - more.Watts) < 50) return say[key, Kilowatts(say, more)];
        return Math.Abs(less.Watts) < IdleWatts ? say[key + ".upto", Kilowatts(say, more)] : say[key + ".range", say.Number(Math.Abs(less.Watts) / 1000, 1), Kilowatts(say, more)];
    }

    private static Quantity Kilowatts(Wording say, Power power) => new(say.Number(Math.Abs(power.Watts) / 1000, 1), "kW");
}
