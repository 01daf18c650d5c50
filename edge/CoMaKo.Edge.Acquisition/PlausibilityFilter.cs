using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>
/// Keeps what cannot be true out of picture and books, for one device. A quarantined value is an event that carries it; it is never booked.
/// What stays (a new meter, a counter that starts elsewhere) is believed after three readings that agree with each other.
/// </summary>
/// <param name="knownMeter">Server id of the meter that was booked last; absent if none was.</param>
public sealed class PlausibilityFilter(DeviceId device, DeviceSettings settings, string? knownMeter, EventJournal journal)
{
    /// <summary>Readings in a row that make a new meter believable.</summary>
    public const int Confirmations = 3;

    private const decimal PowerMargin = 1.1m;
    private readonly Dictionary<ObisCode, CounterCheck> counters = [];
    private string? meter = knownMeter;
    private (string Meter, Reading First, int Count)? foreign;
    private long? meterSeconds;

    /// <summary>What of a reading may be shown and booked: nothing while a foreign meter is doubted, the first reading and this one when it is believed.</summary>
    public IReadOnlyList<AcceptedReading> Check(Reading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        if (reading.ServerId is not { } id || id == meter)
        {
            foreign = null;
            return [CheckValues(reading)];
        }

        if (meter is null)
        {
            meter = id;
            return [CheckValues(reading)];
        }

        return CheckForeign(reading, id);
    }

    private IReadOnlyList<AcceptedReading> CheckForeign(Reading reading, string id)
    {
        foreign = foreign is { } held && held.Meter == id ? held with { Count = held.Count + 1 } : (id, reading, 1);
        if (foreign.Value.Count < Confirmations)
        {
            journal.Add(reading.At, reading.Monotonic, EventCodes.ForeignMeter, device.Value,
                $"Meter {id} answers where meter {meter} is known; its values are not booked until three readings in a row agree.", ("meter", id), ("known_meter", meter!));
            return [];
        }

        var first = foreign.Value.First;
        (meter, foreign, meterSeconds) = (id, null, null);
        counters.Clear();
        return [CheckValues(first), CheckValues(reading)];
    }

    private AcceptedReading CheckValues(Reading reading)
    {
        bool restarted = MeterRestarted(reading);
        List<CounterBreak>? breaks = null;
        List<MeasuredValue>? kept = null;
        for (int i = 0; i < reading.Values.Count; i++)
        {
            var value = reading.Values[i];
            bool good = EnergyRegisters.ObisOf(value) is { } obis ? CheckCounter(reading, value, obis, ref breaks) : CheckPower(reading, value);
            if (good) kept?.Add(value);
            else kept ??= [.. reading.Values.Take(i)];
        }

        return new AcceptedReading(kept is null ? reading : reading with { Values = kept }, restarted, breaks ?? []);
    }

    private bool CheckCounter(Reading reading, in MeasuredValue value, ObisCode obis, ref List<CounterBreak>? breaks)
    {
        if (value.Value is < 0 or > CounterStep.Greatest)
        {
            Quarantine(reading, EventCodes.RegisterOutOfRange, value, obis, "A register total below zero or beyond any meter.", null);
            return false;
        }

        if (!counters.TryGetValue(obis, out var counter)) counters[obis] = counter = new CounterCheck(settings);
        decimal? known = counter.Value;
        switch (counter.Take(reading, value, obis, out var counterBreak))
        {
            case true when counterBreak is { } border:
                (breaks ??= []).Add(border);
                return true;
            case true:
                return true;
            default:
                bool back = value.Value < known;
                Quarantine(reading, back ? EventCodes.CounterWentBack : EventCodes.CounterJumped, value, obis,
                    back ? "The register went backwards; it is not booked until it proves to have rolled over or to be reset." : "The register jumped further than the rated power allows; it is not booked until it proves to be reset.", known);
                return false;
        }
    }

    private bool CheckPower(Reading reading, in MeasuredValue value)
    {
        if (value.Measurand is not (Measurand.ActivePower or Measurand.ActivePowerL1 or Measurand.ActivePowerL2 or Measurand.ActivePowerL3)) return true;
        if (Math.Abs(value.Value) <= settings.RatedPowerWatts * PowerMargin) return true;
        Quarantine(reading, EventCodes.PowerBeyondRating, value, null, "Measured power is beyond the rating of the connection; check ratedPower, ratio and profile.", null);
        return false;
    }

    private bool MeterRestarted(Reading reading)
    {
        bool restarted = reading.MeterSeconds < meterSeconds;
        if (restarted)
        {
            journal.Add(reading.At, reading.Monotonic, EventCodes.MeterRestarted, device.Value, "The meter's seconds went back: it restarted.",
                ("before_s", Text(meterSeconds!.Value)), ("now_s", Text(reading.MeterSeconds!.Value)));
        }

        meterSeconds = reading.MeterSeconds ?? meterSeconds;
        return restarted;
    }

    private void Quarantine(Reading reading, string code, in MeasuredValue value, ObisCode? obis, string text, decimal? known) =>
        journal.Add(reading.At, reading.Monotonic, code, device.Value, text,
            ("measurand", value.Measurand.ToString()),
            ("obis", obis?.ToString() ?? ""),
            ("value", Text(value.Value)),
            ("known_wh", known is { } wh ? Text(wh) : ""));

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>What passed of a reading.</summary>
/// <param name="Reading">The reading without what is quarantined.</param>
/// <param name="MeterRestarted">Nothing may be interpolated between this reading and the one before.</param>
/// <param name="Breaks">Registers that start elsewhere; their segments end.</param>
public sealed record AcceptedReading(Reading Reading, bool MeterRestarted, IReadOnlyList<CounterBreak> Breaks);

/// <summary>A register rolled over or was reset.</summary>
/// <param name="Capacity">Where it rolled over, in Wh; 0 if it was reset.</param>
/// <param name="OpeningWattHours">First value after the break (rolled over: 0).</param>
/// <param name="At">When that was read.</param>
public readonly record struct CounterBreak(ObisCode Obis, CounterChange Change, decimal Capacity, decimal OpeningWattHours, Instant At);
