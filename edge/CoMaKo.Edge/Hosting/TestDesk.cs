using CoMaKo.Devices;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Runs write tests between the page and the control cycle: the page starts one and shows that it is still there, each cycle asks what the battery shall do.
/// A passed test opens the battery for control and is kept; another device or another configuration closes it again.
/// </summary>
internal sealed class TestDesk : IWriteTests
{
    private const string Key = "verifications";
    private static readonly Duration Slack = Duration.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly LimitSettings site;
    private readonly WriteGuard guard;
    private readonly BalancingLaw law;
    private readonly ControlJournal journal;
    private readonly TimeProvider clock;
    private readonly Dictionary<DeviceId, string> fingerprints;
    private readonly Dictionary<string, ControlVerification> verified;
    private RunningTest? running;
    private volatile ControlImage? last;
    private long number;

    public TestDesk(Building building, LimitSettings site, WriteGuard guard, BalancingLaw law, ControlJournal journal, TimeProvider clock)
    {
        (this.site, this.guard, this.law, this.journal, this.clock) = (site, guard, law, journal, clock);
        fingerprints = building.Devices.Where(d => d.Battery is not null).ToDictionary(d => d.Id, d => Fingerprint(building, d));
        verified = (journal.Recall<KeptVerifications>(Key) ?? new([])).All
            .Where(v => fingerprints.TryGetValue(new(v.Device), out string? now) && v.IsFor(new(v.Device), now))
            .ToDictionary(v => v.Device, StringComparer.Ordinal);
        // What the guard remembers counts only for what was tested.
        foreach (var battery in site.Batteries) if (!verified.ContainsKey(battery.Id.Value)) guard.Unverify(battery.Id);
        foreach (var one in verified.Values) Open(one);
        number = clock.GetUtcNow().ToUnixTimeMilliseconds(); // a page of the run before must not meet its number again
    }

    /// <summary>The test that runs, or ran last; absent if none ever did.</summary>
    public RunningTest? Latest => running;

    /// <summary>The evidence that a battery obeys; absent: it is read-only.</summary>
    public ControlVerification? Verification(DeviceId device)
    {
        lock (gate) return verified.GetValueOrDefault(device.Value);
    }

    /// <summary>All preconditions of a test now.</summary>
    public IReadOnlyList<TestPrecondition> Preconditions(DeviceId device, WriteTestPlan plan)
    {
        if (last is not { } now || Index(device) is not { } index) return [new("no-fault", false, null)];
        return WriteTestPreconditions.Check(plan, device, now, (site.SoC.WindowMin, site.SoC.WindowMax), AllowedInTest(now, index), guard.Test is not null);
    }

    /// <summary>The plan that also teaches the response, in the directions that are allowed now with half a step to spare: it takes minutes, and sun and load change.</summary>
    /// <returns>Absent if none is.</returns>
    public WriteTestPlan? LearningPlan(DeviceId device, Power size) =>
        last is { } now && Index(device) is { } index ? WriteTestPlan.Learning(AllowedInTest(now, index), size, new(size.Milliwatts / 2)) : null;

    /// <summary>Starts a test.</summary>
    /// <returns>Its number; absent if a precondition is not met or another one runs.</returns>
    public long? Start(DeviceId device, WriteTestPlan plan, string by)
    {
        lock (gate)
        {
            if (Preconditions(device, plan).Any(p => !p.IsMet)) return null;
            if (guard.OpenTest(device, plan.Range, plan.Length + Slack) is not { } permission) return null;
            running = new(++number, new WriteTestRun(device, plan, Now), permission, by, At);
            return number;
        }
    }

    public void Heartbeat(long test)
    {
        if (running is not { } latest || latest.Number != test) return;
        latest.Run.Heartbeat(Now);
        latest.Permission.KeepAlive();
    }

    public void Stop(long test)
    {
        if (running is not { } latest || latest.Number != test) return;
        latest.Run.Stop();
    }

    /// <inheritdoc/>
    public void Cycle(ControlImage now, AllowedRanges allowed)
    {
        last = now;
        if (running is not { EndedAt: null } latest || Index(latest.Run.Device) is not { } index) return;
        if (latest.Permission.IsOver) latest.Run.Stop();
        var order = latest.Run.Tick(now, allowed.Batteries[index]);
        latest.Permission.Command(order.Power, order.Power is null ? null : order.ValidFor);
        if (now.Batteries[index].Power is { } power) latest.Trace(now.At, power.Value);
        if (latest.Run.Result is not { } result) return;
        latest.Permission.End();
        latest.EndedAt = At;
        if (ControlVerification.Of(result, latest.Run.Device, fingerprints[latest.Run.Device], At, latest.By) is { } proof) Keep(proof);
    }

    /// <inheritdoc/>
    public void Confirmed(Confirmation confirmation)
    {
        if (running is { EndedAt: null } latest && latest.Run.Device == confirmation.Device) latest.Run.Confirm(confirmation.Range, confirmation.At);
    }

    private void Keep(ControlVerification proof)
    {
        lock (gate) verified[proof.Device] = proof;
        journal.Keep(Key, new KeptVerifications([.. verified.Values.OrderBy(v => v.Device, StringComparer.Ordinal)]));
        Open(proof);

        // The newest test knows best, and it has seen which way round the meter counts.
        if (proof.Evidence.Response?.ToDynamics() is { } dynamics) law.Use(new(proof.Device), dynamics);
        law.TrustMeterAgain();
    }

    private void Open(ControlVerification proof)
    {
        guard.Verify(new(proof.Device), new(proof.By, proof.At));
        if (proof.Evidence.Response?.ToDynamics() is { } dynamics && law.Memory.Batteries.All(b => b.Device != proof.Device)) law.Use(new(proof.Device), dynamics);
    }

    /// <summary>What the limits will leave to the battery: a limit on what house and batteries do together touches it only once it is commanded.</summary>
    private PowerRange AllowedInTest(ControlImage now, int index)
    {
        var commanded = now with { Batteries = now.Batteries.SetItem(index, now.Batteries[index] with { IsControlled = true }) };
        return new LimitPass(site, journal.Recall<LimitMemory>(ControlLoop.LimitsKey)).Run(commanded).Allowed.Batteries[index];
    }

    private int? Index(DeviceId device)
    {
        for (int i = 0; i < site.Batteries.Length; i++) if (site.Batteries[i].Id == device) return i;
        return null;
    }

    /// <summary>Every entry of the building file that changes what a command means.</summary>
    private static string Fingerprint(Building building, ConfiguredDevice device)
    {
        var battery = device.Battery!;
        return DeviceFingerprint.Of(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["id"] = device.Id.Value, ["driver"] = device.Driver.ToString(), ["profile"] = device.Profile, ["unit"] = $"{device.Unit}", ["invert"] = $"{device.Invert}",
            ["bus"] = building.Buses.First(b => b.Id == device.Bus) switch { TcpBus tcp => $"{tcp.Host}:{tcp.Port}", SerialBus serial => serial.Path, var other => other.Id },
            ["rated"] = $"{battery.Rated.Min} {battery.Rated.Max}", ["follows"] = battery.Follows?.ToString(),
            ["grid"] = building.Devices.FirstOrDefault(d => d.Role == DeviceRole.Grid) is { } grid ? $"{grid.Id} {grid.Invert} {grid.Ratio}" : null,
        });
    }

    private Duration Now => Duration.FromTimeSpan(clock.GetElapsedTime(0));

    private Instant At => Instant.FromDateTimeOffset(clock.GetUtcNow());

    private sealed record KeptVerifications(IReadOnlyList<ControlVerification> All);
}

/// <summary>A write test with what the page shows of it.</summary>
internal sealed class RunningTest(long number, WriteTestRun run, WriteTest permission, string by, Instant startedAt)
{
    private const int MostSamples = 600;
    private readonly Lock gate = new();
    private readonly List<(Instant At, Power Power)> trace = [];

    public long Number { get; } = number;

    public WriteTestRun Run { get; } = run;

    public WriteTest Permission { get; } = permission;

    public string By { get; } = by;

    public Instant StartedAt { get; } = startedAt;

    public Instant? EndedAt { get; set; }

    public void Trace(Instant at, Power power)
    {
        lock (gate) if (trace.Count < MostSamples) trace.Add((at, power));
    }

    public IReadOnlyList<(Instant At, Power Power)> Samples
    {
        get
        {
            lock (gate) return [.. trace];
        }
    }
}
