using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>States of control that the pages are looked at in.</summary>
internal static class ControlScenes
{
    /// <summary>Sunny noon with a plan; the battery stores surplus.</summary>
    public static void Planned(FakeBuilding building)
    {
        Scenes.Normal(building);
        building.LoopList.Add(new("control", building.Now - Duration.FromMilliseconds(300), Duration.FromSeconds(5)));
        var now = building.Now;
        building.Control.Current = State(now);
        AddSlots(building.Control, now, building.Zone);
        for (int i = 1; i <= 14; i++)
            building.Control.Savings.Add(new(now.InZone(building.Zone).Date.PlusDays(i - 15), 1.2m - i * 0.11m, 0.9m + (i * 7 % 5) * 0.31m, i == 4 ? -0.04m : 0.08m + (i % 4) * 0.06m, i == 4 ? "rule" : "optimiser", i != 2));
        building.Control.Savings.RemoveAt(7);
        var today = now.InZone(building.Zone).Date;
        building.Control.Skipped.Add(new(today.PlusDays(-7), "gaps", 31, 96));
        building.Control.Summary = new(today.PlusDays(-75), 72, 118.42m, 9.65m, null);
        building.Control.Scores.AddRange(
        [
            Score(ForecastQuantity.Load, 182, 264, 301, 615, 78.4m), Score(ForecastQuantity.Pv, 410, 655, 702, 1540, 66.0m),
        ]);
        building.Control.Decisions.AddRange(Records(now));
        building.Control.Events.Add(new(41, GridEventKind.Dim, GridEventOrigin.Signal, "gpiochip0 line 17", now - Duration.FromHours(43), now - Duration.FromHours(43) + Duration.FromMilliseconds(310), now - Duration.FromHours(43) + Duration.FromMilliseconds(840), now - Duration.FromHours(42), Power.FromWatts(4200), Power.FromWatts(9100), Power.FromWatts(4190)));
        building.Control.Events.Add(new(42, GridEventKind.FeedIn, GridEventOrigin.Test, "gpiochip0 line 22", now - Duration.FromHours(3), null, null, now - Duration.FromHours(3) + Duration.FromSeconds(40), Power.FromWatts(5940), null, null));
    }

    /// <summary>Control that has only begun: no day was compared, and the file says nothing about prices.</summary>
    public static void Begun(FakeBuilding building)
    {
        Planned(building);
        building.Control.Savings.Clear();
        building.Control.Skipped.Clear();
        building.Control.Scores.Clear();
        building.Control.Summary = SavingsSummary.None with { Hindrance = "no-tariff" };
    }

    /// <summary>§14a dims, a contact is lost, and the battery has never been tested.</summary>
    public static void Limited(FakeBuilding building)
    {
        Planned(building);
        var now = building.Now;
        var state = building.Control.Current!;
        var (device, rest) = (Range(-5000, 5000), Range(-4200, 5000));
        building.Control.Current = state with
        {
            Mode = ControlMode.Balancing, Cause = "no-plan", Reason = null,
            Limits =
            [
                state.Limits[0],
                new("lock", LimitStand.Idle, "TechnicianLock", null, null, null, device, device),
                new("dim-14a", LimitStand.Active, "DimRelay", "gpiochip0 line 17", now - Duration.FromMinutes(4), Power.FromWatts(4200), device, rest),
                new("eeg-9", LimitStand.Failsafe, "FeedInRelay", "gpiochip0 line 22", now - Duration.FromMinutes(70), Power.FromWatts(0), rest, rest),
                new("reserve", LimitStand.Active, "Reserve", null, now - Duration.FromHours(2), null, rest, Range(-4200, 0)),
                new("grid-charge", LimitStand.Active, "GridChargeForbidden", null, null, null, Range(-4200, 0), Range(-1300, 0)) { IsConflict = true },
            ],
            Relays = [state.Relays[0] with { IsActive = true, IsClosed = false, Since = now - Duration.FromMinutes(4), Edges = 3 }, state.Relays[1] with { IsActive = null, IsClosed = null, Since = now - Duration.FromMinutes(70) }],
            Batteries = [state.Batteries[0] with { Verified = null, Command = null, ReadBack = null, Allowed = Range(-1300, 0), WriteFault = new("CME-2403", "The register 40151 was refused (illegal data value). Check the inverter's remote-control setting.") }],
            Plan = state.Plan! with { Fault = new("CME-2199", "No price is known beyond 18:00. Check the tariff in the building file.") },
            GridImport = Power.FromWatts(11_000), GridExport = Power.FromWatts(0), PvOutput = Power.FromWatts(5940),
        };
        building.Control.Events.Insert(0, new(43, GridEventKind.Dim, GridEventOrigin.Signal, "gpiochip0 line 17", now - Duration.FromMinutes(4), now - Duration.FromMinutes(4) + Duration.FromMilliseconds(420), null, null, Power.FromWatts(4200), Power.FromWatts(3000), null));
    }

    /// <summary>A technician works: control is locked, and nothing was planned or measured yet.</summary>
    public static void Locked(FakeBuilding building)
    {
        Scenes.Normal(building);
        var state = State(building.Now);
        building.Control.Current = state with
        {
            Mode = ControlMode.Released, Cause = "lock", Reason = null, Plan = null, Lock = new(building.Now - Duration.FromMinutes(20), "anna", "Wechselrichter getauscht", building.Now + Duration.FromHours(7)),
            Batteries = [state.Batteries[0] with { Command = null, ReadBack = null }], Relays = [],
        };
    }

    public static PowerRange Range(decimal min, decimal max) => new(Power.FromWatts(min), Power.FromWatts(max));

    private static ForecastScore Score(ForecastQuantity quantity, int error, int yesterday, int week, int mean, decimal inside) => new(quantity, 14, Power.FromWatts(error), Power.FromWatts(yesterday), inside)
    {
        LastWeekError = Power.FromWatts(week), Mean = Power.FromWatts(mean),
        Leads = [.. Enum.GetValues<ForecastLead>().Select((lead, i) => new LeadScore(lead, Power.FromWatts(error * (6 + i) / 9), Power.FromWatts(yesterday * (8 + i) / 10)))],
    };

    private static ControlState State(Instant now)
    {
        var (device, allowed) = (Range(-5000, 5000), Range(-4200, 5000));
        return new ControlState(
            now - Duration.FromMilliseconds(300), ControlMode.Planned, now - Duration.FromHours(26), null, Store(now),
            [new(FakeBuilding.Battery, device, Power.FromWatts(-3000), 64, allowed, Range(-3000, -3000), Range(-3000, -3000), null, new(now - Duration.FromDays(12), "anna", Duration.FromMilliseconds(1800), 3.1m), [])],
            [
                new("device", LimitStand.Active, "Ratings", null, null, null, device, device),
                new("soc", LimitStand.Idle, "SoCWindow", null, null, null, device, device),
                new("lock", LimitStand.Idle, "TechnicianLock", null, null, null, device, device),
                new("dim-14a", LimitStand.Idle, "DimRelay", "gpiochip0 line 17", now - Duration.FromHours(42), null, device, device),
                new("eeg-9", LimitStand.Idle, "FeedInRelay", "gpiochip0 line 22", null, null, device, device),
                new("grid-charge", LimitStand.Active, "GridChargeForbidden", null, null, null, device, allowed),
            ],
            [
                new(RelayMeaning.Dim, false, now - Duration.FromHours(42), "gpiochip0 line 17", true, 2),
                new(RelayMeaning.FeedIn60, false, now - Duration.FromHours(3), "gpiochip0 line 22", false, 1),
            ],
            null)
        {
            Plan = new(now - Duration.FromMinutes(12), now + Duration.FromHours(34), "optimiser", 0.84m, null),
            ReservePercent = 10,
        };
    }

    private static Reason Store(Instant now) => new("store-surplus",
    [
        new("power", ReasonUnit.Watts, -3000), new("now", ReasonUnit.EurPerKwh, 0.082m), new("later", ReasonUnit.EurPerKwh, 0.341m),
        new("at", ReasonUnit.UnixSeconds, (now + Duration.FromMinutes(303)).ToUnixTimeSeconds()),
    ]);

    private static IEnumerable<DecisionRecord> Records(Instant now)
    {
        for (int i = 0; i < 60; i++)
        {
            var at = now - Duration.FromMinutes(21 * i + 2);
            var wish = Range(-3000 - 10 * i, -3000 - 10 * i);
            yield return new(
                5200 - i, at, i % 9 == 4 ? ControlMode.Hold : ControlMode.Planned, i % 9 == 4 ? "meter-stale" : null, i % 5 == 0 ? "minute" : "wish", Power.FromWatts(-1240 + i), wish,
                i % 7 == 3 ? [new("dim-14a", LimitStand.Active, "DimRelay", null, at, Power.FromWatts(4200), Range(-5000, 5000), Range(-2100, 5000))] : [],
                Range(-4200, 5000), [new(FakeBuilding.Battery, wish, i == 2 ? null : wish, i == 2 ? new CodedText("CME-2002", "The device does not answer a write.") : null)]) { Reason = i == 0 ? Store(now) : null };
        }
    }

    private static void AddSlots(FakeControl control, Instant now, DateTimeZone zone)
    {
        var first = QuarterHour.OfDay(now.InZone(zone).Date, zone)[0];
        decimal charge = 31, plannedCharge = 64;
        for (int i = 0; i < 144; i++)
        {
            var slot = QuarterHour.StartingAt(first.StartUnixSeconds + i * QuarterHour.Seconds);
            double hour = slot.Start.InZone(zone).TimeOfDay.TickOfDay / (double)NodaConstants.TicksPerHour;
            decimal price = Math.Round((decimal)(0.24 + 0.09 * Math.Exp(-Math.Pow((Math.Floor(hour) - 8) / 2, 2)) + 0.14 * Math.Exp(-Math.Pow((Math.Floor(hour) - 19) / 2.2, 2)) - 0.02 * Math.Exp(-Math.Pow((hour - 13) / 3, 2))), 4);
            decimal pv = hour is < 6 or > 21 ? 0 : (decimal)(6800 * Math.Pow(Math.Sin(Math.PI * (hour - 6) / 15), 2));
            decimal load = (decimal)(420 + 900 * Math.Exp(-Math.Pow((hour - 7.5) / 1.1, 2)) + 1700 * Math.Exp(-Math.Pow((hour - 19) / 1.6, 2)));
            decimal wish = pv > load + 500 ? -Math.Min(3400, (pv - load) * 0.8m) : hour is > 17.5 and < 23 ? Math.Min(2300, load * 0.9m) : hour < 6 ? 300 : 0;
            bool isPast = slot.End <= now, isGap = i is 37 or 38;
            if (!isPast) plannedCharge = Math.Clamp(plannedCharge - wish / 620, 10, 96);
            if (isPast) charge = Math.Clamp(charge - wish / 1750, 10, 100);
            
            control.Slots.Add(new PlanSlot(slot)
            {
                ImportPrice = price, ExportPrice = 0.082m, IsPriceExpected = i >= 120,
                Planned = new(wish < 0 ? Range(wish * 1.15m, Math.Min(0, wish * 0.7m)) : Range(wish * 0.7m, wish * 1.2m), Power.FromWatts(Math.Round(wish)), Math.Round(isPast ? charge : plannedCharge, 1),
                    Spread(load, 0.75m, 1.3m), Spread(pv, 0.6m, 1.15m), 0.293m, Power.Zero,
                    wish < 0 ? Store(now) : wish > 0 ? new("cover", [new("power", ReasonUnit.Watts, wish), new("now", ReasonUnit.EurPerKwh, price), new("value", ReasonUnit.EurPerKwh, 0.293m)]) : new("keep", [new("now", ReasonUnit.EurPerKwh, price), new("value", ReasonUnit.EurPerKwh, 0.293m)])),
                Measured = !isPast || isGap ? null : new(Power.FromWatts(Math.Round(wish * 0.95m + i % 5 * 30 - 60)), Power.FromWatts(Math.Round(load + i * 37 % 200)), Power.FromWatts(Math.Round(pv * (0.9m + i % 3 * 0.06m))), Power.FromWatts(Math.Round(load - pv - wish)), Math.Round(charge, 1)),
            });
        }
    }

    private static Band Spread(decimal watts, decimal low, decimal high) => new(Power.FromWatts(Math.Round(watts * low)), Power.FromWatts(Math.Round(watts)), Power.FromWatts(Math.Round(watts * high)));
}
