using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Acquisition;

/// <summary>The books of all energy registers behind one device: finds them in its readings, follows a change of meter, sums power where there is no register.</summary>
/// <param name="history">Every register that the store knows.</param>
public sealed class DeviceBook(DeviceId device, DeviceRole role, GatewayId gateway, DeviceSettings settings, DeviceMemory memory, IReadOnlyDictionary<RegisterId, RegisterState> history)
{
    /// <summary>Resolution of a virtual register: 1 mWh.</summary>
    private const decimal VirtualStep = 0.001m;

    private readonly Dictionary<(string Meter, ObisCode Obis), Entry> entries = [];
    private readonly PowerIntegral power = new(role);
    private readonly bool comparable = memory.Invert is not { } before || before == settings.Invert;
    private string? bookedMeter = memory.Meter;
    private bool arrivedBySwap;
    private bool invertRemembered = memory.Invert == settings.Invert;
    private decimal virtualImport = memory.ImportWattHours;
    private decimal virtualExport = memory.ExportWattHours;

    /// <summary>The meter that a reading is of, in hex. A reading that does not say is of the meter that is booked.</summary>
    public string MeterOf(Reading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        return EnergyRegisters.MeterOf(reading.ServerId ?? bookedMeter, gateway, device);
    }

    /// <summary>Books a reading that passed the plausibility filter.</summary>
    public void Add(AcceptedReading accepted, Booking booking)
    {
        ArgumentNullException.ThrowIfNull(accepted);
        ArgumentNullException.ThrowIfNull(booking);
        var reading = accepted.Reading;
        string meter = MeterOf(reading);
        if (booking.ClockTrusted) FollowMeter(reading, meter, booking);

        var energy = reading.Find(Measurand.ActivePower) is { } watts ? power.Add(reading.Monotonic, watts) : default;
        if (settings.PowerOnly) AddVirtual(reading, meter, energy, booking);
        else AddRegisters(accepted, meter, energy, booking);
    }

    /// <summary>Puts the virtual registers into the state that becomes durable together with the records.</summary>
    public void Remember(Booking booking)
    {
        ArgumentNullException.ThrowIfNull(booking);
        if (!settings.PowerOnly) return;
        booking.Remember(DeviceMemory.ImportKey(device), virtualImport);
        booking.Remember(DeviceMemory.ExportKey(device), virtualExport);
    }

    /// <summary>The registers as the page shows them; those of a meter that is gone are left out.</summary>
    public IEnumerable<RegisterView> View()
    {
        foreach (var ((meter, obis), entry) in entries)
        {
            if (entry.Book.LastSample is not { } sample || (bookedMeter is not null && meter != bookedMeter)) continue;
            yield return new RegisterView(entry.Book.Id, device, obis, sample.At, sample.RegisterWattHours, sample.StepWattHours,
                entry.Book.QualityOf(sample), entry.Role, entry.Book.Segment, entry.Book.LastTotal);
        }
    }

    /// <summary>A meter that replaced another ends that one's segments; both stand in one append.</summary>
    private void FollowMeter(Reading reading, string meter, Booking booking)
    {
        if (meter != bookedMeter)
        {
            if (bookedMeter is { } old)
            {
                arrivedBySwap = true;
                foreach (var state in history.Values)
                    if (state.Begin.ServerId == old) EntryOf(old, state.Begin.Obis);
                foreach (var (key, entry) in entries)
                    if (key.Meter == old) entry.Book.Close(booking);
                booking.Journal.Add(reading.At, reading.Monotonic, EventCodes.MeterSwapped, device.Value,
                    $"Meter {meter} replaces meter {old}.", ("meter", meter), ("known_meter", old));
            }

            bookedMeter = meter;
            booking.State[DeviceMemory.MeterKey(device)] = meter;
        }

        if (invertRemembered) return;
        invertRemembered = true;
        booking.State[DeviceMemory.InvertKey(device)] = settings.Invert ? "true" : "false";
    }

    private void AddRegisters(AcceptedReading accepted, string meter, FlowedEnergy energy, Booking booking)
    {
        var reading = accepted.Reading;
        if (accepted.MeterRestarted) foreach (var entry in entries.Values) entry.MeterRestarted = true; // also for a register whose value is quarantined now
        // All registers of the reading are known before the first is booked: a total decides the role of its tariffs.
        for (int i = 0; i < reading.Values.Count; i++)
            if (EnergyRegisters.ObisOf(reading.Values[i]) is { } obis) EntryOf(meter, obis);
        for (int i = 0; i < reading.Values.Count; i++)
        {
            var value = reading.Values[i];
            if (EnergyRegisters.ObisOf(value) is not { } obis) continue;
            var entry = EntryOf(meter, obis);
            decimal flowed = EnergyRegisters.IsTotal(obis) ? (EnergyRegisters.IsExport(obis) ? energy.LeastExport : energy.LeastImport) : 0m; // which tariff runs is unknown
            decimal estimate = InStepEstimate.QualityOf(value.Step, value.IsFloat, false, settings.CtFactor) == Quality.Measured
                ? value.Value
                : entry.InStep.Add(value.Value, value.IsFloat ? value.Step / 2 : value.Step, flowed);
            var sample = new RegisterSample(reading.At, reading.Monotonic, value.Value, estimate, value.Step, value.IsFloat, false, entry.MeterRestarted);
            entry.MeterRestarted = false;
            Book(entry, sample, BreakOf(accepted, obis), booking);
        }
    }

    private void AddVirtual(Reading reading, string meter, FlowedEnergy energy, Booking booking)
    {
        if (reading.Find(Measurand.ActivePower) is null) return;
        virtualImport += energy.Import;
        virtualExport += energy.Export;
        BookVirtual(ObisCode.ActiveEnergyImport, virtualImport);
        BookVirtual(ObisCode.ActiveEnergyExport, virtualExport);

        void BookVirtual(ObisCode obis, decimal total) =>
            Book(EntryOf(meter, obis), new RegisterSample(reading.At, reading.Monotonic, total, total, VirtualStep, false, IsDerived: true, false), null, booking);
    }

    private void Book(Entry entry, in RegisterSample sample, CounterBreak? counterBreak, Booking booking)
    {
        entry.Role = EnergyRegisters.IsTotal(entry.Book.Obis) || !entries.ContainsKey((entry.Book.Meter, entry.Book.Obis with { E = 0 }))
            ? SettlementRole.Settlement
            : SettlementRole.Information;
        entry.Book.Add(sample, entry.Role, counterBreak, arrivedBySwap, booking);
    }

    private Entry EntryOf(string meter, ObisCode obis)
    {
        if (entries.TryGetValue((meter, obis), out var entry)) return entry;
        var state = history.GetValueOrDefault(RegisterId.Of(meter, obis));
        entry = new Entry(new RegisterBook(meter, obis, settings, state, comparable));
        return entries[(meter, obis)] = entry;
    }

    private static CounterBreak? BreakOf(AcceptedReading accepted, ObisCode obis)
    {
        foreach (var candidate in accepted.Breaks)
            if (candidate.Obis == obis) return candidate;
        return null;
    }

    private sealed class Entry(RegisterBook book)
    {
        public RegisterBook Book { get; } = book;

        public InStepEstimate InStep { get; } = new();

        public SettlementRole Role { get; set; }

        /// <summary>The meter restarted since the last booked sample.</summary>
        public bool MeterRestarted { get; set; }
    }
}
