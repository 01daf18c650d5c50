using CoMaKo.Devices;
using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Edge.Control.Tests.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Commissioning;

/// <summary>Random pages, cycles, limits, writes and faults: whatever happens, no command outlives the page by more than 5 s or leaves its range.</summary>
public sealed class WriteTestPropertyTests
{
    private static readonly WriteTestPlan Plan = WriteTestPlan.Learning(LoopRun.FiveKilowatts, Power.FromWatts(500))!;

    [Fact]
    public void Tick_AnySequenceOfEvents_EndsInTimeAndStaysInsideTheRange()
    {
        int held = 0, over = 0, count = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 20_000 : 500;
        for (int seed = 0; seed < count; seed++)
        {
            var outcome = new Chaos(seed).Play();
            if (outcome.EverHeld) held++;
            if (outcome.IsOver) over++;
        }

        Assert.True(held > count * 0.7, $"Only {held} of {count} sequences commanded anything.");
        Assert.Equal(count, over);
    }

    private sealed class Chaos(int seed)
    {
        private readonly Random random = new(seed);
        private readonly WriteTestRun run = new(LoopRun.First, Plan, Duration.Zero);
        private double now, alive, validUntil = double.NegativeInfinity;
        private Power? held;
        private PowerRange allowed = LoopRun.FiveKilowatts;
        private bool everHeld;

        public (bool EverHeld, bool IsOver) Play()
        {
            double calm = random.NextDouble(), nextTick = 0, nextBeat = 0, pageDies = random.NextDouble() < 0.6 ? 200 * random.NextDouble() : 1000;
            for (int n = 0; n < 3500; n++)
            {
                now += 0.1;
                if (held is not null && now > validUntil) held = null;
                if (now >= nextBeat && now < pageDies)
                {
                    alive = now;
                    run.Heartbeat(At(now));
                    nextBeat = now + (random.NextDouble() < 0.02 * calm ? 6 * random.NextDouble() : 0.3 + random.NextDouble());
                }

                if (random.NextDouble() < 0.002 * calm) allowed = Range();
                if (random.NextDouble() < 0.0005 * calm) run.Stop();
                if (now >= nextTick)
                {
                    Tick(calm);
                    nextTick = now + (random.NextDouble() < 0.01 * calm ? 8 * random.NextDouble() : 0.95 + 0.1 * random.NextDouble());
                }

                Assert.True(held is null || now - alive <= 5 + 1e-6, $"Seed {seed}: held {now - alive:0.0} s after the page's last sign.");
            }

            // The page is closed in the end, the cycle goes on.
            pageDies = 0;
            for (int n = 0; n < 30; n++)
            {
                now += 1;
                if (held is not null && now > validUntil) held = null;
                Tick(0);
            }

            Assert.Null(held);
            return (everHeld, run.Phase == WriteTestRunPhase.Over);
        }

        private void Tick(double calm)
        {
            bool isBlind = random.NextDouble() < 0.001 * calm, isFaulted = random.NextDouble() < 0.0005 * calm;
            var battery = new BatteryImage(
                LoopRun.First, LoopRun.Sample((held?.Milliwatts ?? 0) / 1000.0, now - 0.2), new MeasuredSoC(50, At(now)), null, null, null, true, isFaulted);
            var order = run.Tick(LoopRun.Image(now, LoopRun.Sample(600 - (held?.Milliwatts ?? 0) / 1000.0, isBlind ? now - 30 : now - 0.3), battery), allowed);
            if (order.Power is { } wanted)
            {
                Assert.True(allowed.Contains(wanted) && Plan.Range.Contains(wanted), $"Seed {seed}: {wanted} outside {allowed}.");
                Assert.True(order.ValidFor >= Duration.Zero && order.ValidFor <= Duration.FromSeconds(5), $"Seed {seed}: {order.ValidFor}.");
            }

            if (random.NextDouble() < 0.01 * calm) return;
            (held, validUntil, everHeld) = (order.Power, now + order.ValidFor.TotalSeconds, everHeld || order.Power is not null);
            run.Confirm(held is { } power ? PowerRange.Pin(power) : null, At(now));
        }

        private PowerRange Range() => new(Power.FromWatts(-random.Next(0, 1500)), Power.FromWatts(random.Next(0, 1500)));

        private static Duration At(double seconds) => Duration.FromSeconds(seconds);
    }
}
