using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Live;
using CoMaKo.Edge.Diagnostics.Views;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Api;

/// <summary><c>GET /metrics</c>: Prometheus text in base units (joules, watts, seconds, ratios), names of user-experience.md §6.</summary>
internal static class Metrics
{
    private const string Prefix = "comako_edge_";

    public static string Of(View view, EventClients clients)
    {
        var text = new PrometheusText();
        text.Gauge(Prefix + "build_info", "Version of the gateway.").Sample(1, ("version", view.Gateway.Version), ("gateway", view.Gateway.Id.Value));
        text.Gauge(Prefix + "start_time_seconds", "When the gateway started, on its clock.").Sample(Seconds(view.Gateway.Started));
        Frames(text, view);
        Values(text, view);
        Control(text, view);
        Sync(text, view);
        Gateway(text, view);
        if (view.Gateway.Enclosure is { } enclosure) Enclosure(text, enclosure, view.Now);
        Memory(text);
        text.Gauge(Prefix + "page_streams", "Open event streams.").Sample(clients.Count);
        return text.ToString();
    }

    private static void Frames(PrometheusText text, View view)
    {
        text.Counter(Prefix + "meter_frames_total", "Frames by result since the start.");
        foreach (var device in view.Devices)
        {
            var (meter, statistics) = (("meter", device.Info.Id.Value), device.Info.Statistics);
            text.Sample(statistics.GoodFrames, meter, ("result", "ok")).Sample(statistics.CrcErrors, meter, ("result", "crc"))
                .Sample(statistics.Timeouts, meter, ("result", "timeout")).Sample(statistics.OtherErrors, meter, ("result", "other"));
        }

        text.Counter(Prefix + "meter_received_bytes_total", "Bytes received since the start.");
        foreach (var device in view.Devices) text.Sample(device.Info.Statistics.Bytes, ("meter", device.Info.Id.Value));
        text.Gauge(Prefix + "meter_last_frame_age_seconds", "Age of the last reading; absent before the first.");
        foreach (var device in view.Devices)
            if (device.Age is { } age) text.Sample(age.TotalSeconds, ("meter", device.Info.Id.Value));
        text.Gauge(Prefix + "meter_up", "1 while the device is read within its period.");
        foreach (var device in view.Devices) text.Sample(device.Freshness == Freshness.Fresh ? 1 : 0, ("meter", device.Info.Id.Value));
    }

    private static void Values(PrometheusText text, View view)
    {
        text.Gauge(Prefix + "meter_power_watts", "Active power, positive towards the building; absent while the device is not fresh.");
        foreach (var device in view.Devices)
            foreach (var (measurand, phase) in (ReadOnlySpan<(Measurand, string)>)[(Measurand.ActivePower, "all"), (Measurand.ActivePowerL1, "l1"), (Measurand.ActivePowerL2, "l2"), (Measurand.ActivePowerL3, "l3")])
                if (device.FreshValue(measurand) is { } watts) text.Sample((double)watts, ("meter", device.Info.Id.Value), ("phase", phase));

        text.Counter(Prefix + "meter_energy_joules_total", "Register totals as last read.");
        foreach (var device in view.Devices)
            foreach (var value in device.Seen?.Last?.Values ?? [])
                if (Units.IsRegister(value.Measurand) && value.Obis is { } obis)
                    text.Sample((double)(value.Value * 3600), ("meter", device.Info.Id.Value), ("register", obis.ToString()));

        text.Gauge(Prefix + "battery_soc_ratio", "State of charge; absent while the battery is not fresh.");
        foreach (var device in view.Of(DeviceRole.Battery))
            if (device.FreshValue(Measurand.StateOfCharge) is { } percent) text.Sample((double)percent / 100, ("meter", device.Info.Id.Value));
    }

    private static void Control(PrometheusText text, View view)
    {
        if (view.Control?.State is not { } state) return;
        text.Gauge(Prefix + "control_mode", "1 at the word of the fallback ladder that control stands on.");
        foreach (var mode in Enum.GetValues<ControlMode>()) text.Sample(state.Mode == mode ? 1 : 0, ("mode", mode.ToString().ToLowerInvariant()));
        text.Gauge(Prefix + "control_age_seconds", "Time since the last control cycle.").Sample(Math.Max(0, (view.Now - state.At).TotalSeconds));
        text.Gauge(Prefix + "battery_setpoint_watts", "Bounds of the command that the battery holds, positive = discharge; absent while nothing is commanded.");
        foreach (var battery in state.Batteries)
            if (battery.Command is { } command)
                text.Sample((double)command.Min.Watts, ("battery", battery.Device.Value), ("bound", "lowest")).Sample((double)command.Max.Watts, ("battery", battery.Device.Value), ("bound", "highest"));
        text.Gauge(Prefix + "battery_verified", "1 where the write test has passed.");
        foreach (var battery in state.Batteries) text.Sample(battery.Verified is null ? 0 : 1, ("battery", battery.Device.Value));
        text.Gauge(Prefix + "limit_state", "0 asks for nothing, 1 in force, 2 in force because its input is lost.");
        foreach (var row in state.Limits) text.Sample((int)row.Stand, ("limit", row.Name));
    }

    private static void Sync(PrometheusText text, View view)
    {
        var sync = view.Sync;
        text.Gauge(Prefix + "outbox_next_sequence", "Sequence that the next record will get.").Sample(sync.NextSequence);
        text.Gauge(Prefix + "sync_acked_sequence", "Last sequence that the hub holds.").Sample(sync.AcknowledgedSequence);
        text.Gauge(Prefix + "sync_backlog_records", "Records that wait for the hub.").Sample(sync.Backlog);
        text.Gauge(Prefix + "sync_backlog_oldest_seconds", "Age of the oldest record that waits; 0 if none does.")
            .Sample(sync.OldestWaiting is { } oldest ? Math.Max(0, (view.Now - oldest).TotalSeconds) : 0);
        text.Gauge(Prefix + "sync_connected", "1 while the hub answers.").Sample(sync.Connected ? 1 : 0);
        if (sync.RoundTrip is { } trip) text.Gauge(Prefix + "sync_round_trip_seconds", "Duration of the last answered call.").Sample(trip.TotalSeconds);
    }

    private static void Gateway(PrometheusText text, View view)
    {
        text.Gauge(Prefix + "clock_state", "1 at the clock's present state.");
        foreach (var trust in Enum.GetValues<ClockTrust>())
            text.Sample(view.Gateway.Clock.Trust == trust ? 1 : 0, ("state", trust.ToString().ToLowerInvariant()));
        text.Gauge(Prefix + "intervals_today", "Quarter hours of the local day by state, over all settlement registers.");
        var states = view.States(view.Today.Settled);
        foreach (var state in Enum.GetValues<SlotState>())
            text.Sample(states.Count(slot => slot == state), ("state", state.ToString().ToLowerInvariant()));
        if (view.Gateway.Store.FreeBytes is { } free) text.Gauge(Prefix + "store_free_bytes", "Free on the store's disk.").Sample(free);
        if (view.Gateway.Store.SizeBytes is { } size) text.Gauge(Prefix + "store_size_bytes", "Files of the store.").Sample(size);
        text.Gauge(Prefix + "store_fault", "1 while nothing can be stored.").Sample(view.Gateway.Store.Fault is null ? 0 : 1);
        text.Gauge(Prefix + "loop_age_seconds", "Time since a loop last came round.");
        foreach (var loop in view.Gateway.Loops) text.Sample(Math.Max(0, (view.Now - loop.LastProgress).TotalSeconds), ("loop", loop.Name));
    }

    private static void Enclosure(PrometheusText text, EnclosureInfo enclosure, Instant now)
    {
        text.Gauge(Prefix + "enclosure_age_seconds", "Age of the enclosure's last measurement; absent before the first.");
        if (enclosure.At is { } at) text.Sample(Math.Max(0, (now - at).TotalSeconds), ("sensor", enclosure.Sensor));
        text.Gauge(Prefix + "enclosure_temperature_celsius", "Temperature in the enclosure; absent while it is not fresh.");
        if (enclosure.IsFresh(now) && enclosure.Celsius is { } celsius) text.Sample((double)celsius, ("sensor", enclosure.Sensor));
        text.Gauge(Prefix + "enclosure_humidity_ratio", "Relative humidity in the enclosure; absent while it is not fresh.");
        if (enclosure.IsFresh(now) && enclosure.HumidityPercent is { } percent) text.Sample((double)percent / 100, ("sensor", enclosure.Sensor));
    }

    /// <summary>Whether memory grows because more is alive, or because the collector leaves room: only the first would be a leak.</summary>
    private static void Memory(PrometheusText text)
    {
        var last = GC.GetGCMemoryInfo();
        text.Gauge(Prefix + "heap_live_bytes", "Managed heap after the last collection, what it left uncollected included.").Sample(last.HeapSizeBytes - last.FragmentedBytes);
        text.Gauge(Prefix + "heap_committed_bytes", "Managed heap that the process holds.").Sample(last.TotalCommittedBytes);
        text.Counter(Prefix + "heap_collections_total", "Collections by oldest generation.");
        for (int generation = 0; generation <= GC.MaxGeneration; generation++) text.Sample(GC.CollectionCount(generation), ("generation", generation.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static double Seconds(Instant at) => at.ToUnixTimeMilliseconds() / 1000.0;
}
