using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>Geometry of the chart of plan and measurement: four lanes on one ruler of quarter hours. Places along the ruler are per cent of its length.</summary>
public sealed class PlanChart
{
    public const int PictureHeight = 378;
    private const int LeastSlots = 96;

    // A total needs a reading after the border, and a moment to be written.
    private static readonly Duration Grace = Duration.FromMinutes(2);
    private readonly QuarterHour from;
    private readonly Instant now;
    private readonly DateTimeZone zone;
    private readonly PlanSlot?[] slots;

    internal PlanChart(ControlView control, DateTimeZone zone, long? selected)
    {
        (from, now, this.zone) = (control.From, control.Now, zone);
        int last = control.Slots.Count == 0 ? 0 : Index(control.Slots[^1].Slot.Start) + 1;
        slots = new PlanSlot?[Math.Max(LeastSlots, (last + 3) / 4 * 4)];
        foreach (var slot in control.Slots)
            if (Index(slot.Slot.Start) is var i && i >= 0 && i < slots.Length) slots[i] = slot;
        var rating = control.Rating;
        Price = PriceLane();
        Power = PowerLane();
        double reach = Nice(Math.Max(Kilowatts(rating.Max), -Kilowatts(rating.Min)));
        Battery = new Lane(186, 84, -reach, reach);
        Charge = new Lane(296, 46, 0, 100);
        Selected = Math.Clamp(selected is { } start ? Index(Instant.FromUnixTimeSeconds(Math.Clamp(start, 0, 1L << 33))) : Index(now), 0, slots.Length - 1);
    }

    public Lane Price { get; }

    public Lane Power { get; }

    public Lane Battery { get; }

    public Lane Charge { get; }

    /// <summary>Number of slots on the ruler.</summary>
    public int Count => slots.Length;

    /// <summary>Number of the selected slot on the ruler.</summary>
    public int Selected { get; }

    public QuarterHour SelectedSlot => At(Selected);

    /// <summary>What is known of the selected slot; absent if nothing.</summary>
    public PlanSlot? SelectedValues => slots[Selected];

    public double Now => Place(now);

    /// <summary>Slots that are over, for which nothing was measured, as runs: begin and width.</summary>
    public IEnumerable<(double X, double Width)> Gaps
    {
        get
        {
            for (int i = 0; i < slots.Length; i++)
            {
                int begin = i;
                while (i < slots.Length && IsGap(i)) i++;
                if (i > begin) yield return (Percent(begin), Percent(i - begin));
            }
        }
    }

    /// <summary>Every sixth full hour of the building's clock; the weekday where a day begins.</summary>
    internal IEnumerable<(double X, string Text, bool IsDay)> Ticks(Wording say)
    {
        for (int i = 0; i <= slots.Length; i++)
        {
            var local = At(i).Start.InZone(zone);
            if (local.Minute != 0 || local.Hour % 6 != 0 || (local.Hour != 0 && i > 0 && At(i - 4).Start.InZone(zone).Hour == local.Hour)) continue;
            bool isDay = local.Hour == 0 && i > 0 && i < slots.Length;
            yield return (Percent(i), isDay ? say.Weekday(local.Date) : local.Hour.ToString("00", System.Globalization.CultureInfo.InvariantCulture), isDay);
        }
    }

    public string ImportPrice => Price.Steps(Each(slot => slot.IsPriceExpected ? null : Number(slot.ImportPrice * 100)));

    /// <summary>Where no price is published yet.</summary>
    public string ExpectedPrice => Price.Steps(Each(slot => slot.IsPriceExpected ? Number(slot.ImportPrice * 100) : null));

    public string ExportPrice => Price.Steps(Each(slot => Number(slot.ExportPrice * 100)));

    public string PvMeasured => Power.Line(Each(slot => Kilowatts(slot.Measured?.Pv)), 5);

    public string HomeMeasured => Power.Line(Each(slot => Kilowatts(slot.Measured?.Load)), 5);

    public string PvForecast => Power.Line(Each(slot => Kilowatts(slot.Planned?.Pv.Median)), 5);

    public string HomeForecast => Power.Line(Each(slot => Kilowatts(slot.Planned?.Load.Median)), 5);

    /// <summary>Between the 10 % and the 90 % quantile, coming slots only.</summary>
    public string PvBand => Power.Band(Bounds(slot => slot.Slot.End > now && slot.Planned is { } planned ? (Kilowatts(planned.Pv.Low), Kilowatts(planned.Pv.High)) : null));

    public string HomeBand => Power.Band(Bounds(slot => slot.Slot.End > now && slot.Planned is { } planned ? (Kilowatts(planned.Load.Low), Kilowatts(planned.Load.High)) : null));

    /// <summary>Planned power above zero.</summary>
    public string Gives => Battery.Band(Bounds(slot => Clipped(slot, 0, double.MaxValue)));

    /// <summary>Planned power below zero.</summary>
    public string Takes => Battery.Band(Bounds(slot => Clipped(slot, double.MinValue, 0)));

    public string BatteryMeasured => Battery.Steps(Each(slot => Kilowatts(slot.Measured?.Battery)));

    public string ChargeMeasured => Charge.Line(Each(slot => Number(slot.Measured?.SoCPercent)), 10);

    public string ChargePlanned => Charge.Line(Each(slot => slot.Slot.End > now ? Number(slot.Planned?.SoCPercent) : slot.Slot.Next.End > now ? Number(slot.Measured?.SoCPercent) : null), 10);

    /// <summary>Last export price, for its label; absent if none is known.</summary>
    public decimal? LastExportPrice => slots.LastOrDefault(slot => slot?.ExportPrice is not null)?.ExportPrice;

    public double Percent(double slot) => Math.Round(100 * slot / slots.Length, 2);

    public QuarterHour At(int index) => QuarterHour.StartingAt(from.StartUnixSeconds + (long)index * QuarterHour.Seconds);

    /// <summary>0, 2, 4, 8, 16 … so that the scale stays from day to day.</summary>
    internal static double Nice(double value)
    {
        double nice = 1;
        foreach (double step in (double[])[1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64, 100, 128, 256, 512, 1024])
        {
            nice = step;
            if (step >= value - 1e-9) break;
        }

        return nice;
    }

    private Lane PriceLane()
    {
        var prices = slots.SelectMany(slot => (double?[])[Number(slot?.ImportPrice * 100), Number(slot?.ExportPrice * 100)]).OfType<double>().DefaultIfEmpty(0).ToList();
        return new Lane(42, 46, Math.Min(0, Math.Floor(prices.Min() / 10) * 10), Math.Max(10, Math.Ceiling(prices.Max() / 10) * 10));
    }

    private Lane PowerLane()
    {
        double most = slots.SelectMany(slot => (double?[])[Kilowatts(slot?.Measured?.Pv), Kilowatts(slot?.Measured?.Load), Kilowatts(slot?.Planned?.Pv.High), Kilowatts(slot?.Planned?.Load.High)])
            .OfType<double>().DefaultIfEmpty(1).Max();
        return new Lane(114, 46, 0, Nice(most));
    }

    private static (double, double)? Clipped(PlanSlot slot, double low, double high)
    {
        if (slot.Planned is not { } planned) return null;
        var (min, max) = (Math.Clamp(Kilowatts(planned.Battery.Min), low, high), Math.Clamp(Kilowatts(planned.Battery.Max), low, high));
        return max - min < 0.005 ? null : (min, max);
    }

    private bool IsGap(int i) => At(i).End + Grace <= now && slots[i]?.Measured is null;

    private double?[] Each(Func<PlanSlot, double?> value) => [.. slots.Select(slot => slot is null ? null : value(slot))];

    private (double, double)?[] Bounds(Func<PlanSlot, (double, double)?> value) => [.. slots.Select(slot => slot is null ? null : value(slot))];

    private int Index(Instant at) => (int)Math.Clamp((at - from.Start).TotalSeconds / QuarterHour.Seconds, -1, 100_000);

    private double Place(Instant at) => Math.Round(Math.Clamp((at - from.Start).TotalSeconds / QuarterHour.Seconds / slots.Length, 0, 1) * 100, 1);

    private static double Kilowatts(Power power) => power.Milliwatts / 1e6;

    private static double? Kilowatts(Power? power) => power is { } p ? Kilowatts(p) : null;

    private static double? Number(decimal? value) => (double?)value;
}
