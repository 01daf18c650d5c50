using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Limits;

/// <summary>A building for tests of limits: figures in watts, percent and seconds.</summary>
internal static class Site
{
    public static readonly Instant Start = Instant.FromUtc(2026, 6, 1, 10, 0);

    public static Power W(decimal watts) => Power.FromWatts(watts);

    public static PowerRange Range(decimal min, decimal max) => new(W(min), W(max));

    public static Duration S(double seconds) => Duration.FromSeconds(seconds);

    public static DeviceId Id(string value) => new(value);

    public static BatterySite Battery(string id = "battery", decimal rated = 5000, Phases phases = Phases.All) => new(Id(id), Range(-rated, rated), new Energy(10_000)) { Phases = phases };

    public static LimitSettings Settings(int batteries = 1) =>
        new([.. Enumerable.Range(1, batteries).Select(i => Battery(batteries == 1 ? "battery" : $"battery-{i}"))], [], []) { GridChargeAllowed = true };

    /// <summary>A process image at <paramref name="at"/> seconds with fresh readings.</summary>
    public static ControlImage Image(double at, decimal? grid = 0, decimal? pv = null, params BatteryImage[] batteries) => new(
        Start + S(at), S(at), ClockIsTrusted: true, Read(grid, at), [], Read(pv, at), [.. batteries], [], RelayImage.Empty);

    public static Measured? Read(decimal? watts, double at, double age = 0) => watts is { } known ? new(W(known), S(at - age), S(1)) : null;

    public static BatteryImage Cells(double at, decimal? power = 0, decimal? soc = 50, string id = "battery", double socAge = 0) =>
        new(Id(id), Read(power, at), soc is { } percent ? new(percent, S(at - socAge)) : null, null, null, null, null, IsFaulted: false);

    public static ControlImage With(this ControlImage image, RelayMeaning meaning, bool? isActive) =>
        image with { Relays = new(image.Relays.Signals.Add(new(meaning, isActive, Start, $"line {meaning}"))) };

    public static LimitTrace Row(this LimitOutcome outcome, string name) => outcome.Trace.Single(t => t.Name == name);

    public static PowerRange BatteryRange(this LimitOutcome outcome, int battery = 0) => outcome.Allowed.Batteries[battery];
}
