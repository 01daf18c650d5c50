using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Watches one counter: what it last showed, and a doubted run of other values that may prove to be a reset or a rollover.</summary>
internal sealed class CounterCheck(DeviceSettings settings)
{
    /// <summary>They are believed after this long as well: devices that start up show zeros for some seconds.</summary>
    private static readonly Duration Proof = Duration.FromSeconds(10);

    /// <summary>A counter that the device renews only now and then may make its steps at once.</summary>
    private static readonly Duration LongestRenewal = Duration.FromMinutes(15);

    /// <summary>A frame may have waited for a busy machine: then the next follows at once, with the energy of the whole wait.</summary>
    private static readonly Duration Late = Duration.FromSeconds(5);

    private Track? known;
    private Track? doubted;

    /// <summary>Last accepted value in Wh; absent before the first.</summary>
    public decimal? Value => known?.Value;

    /// <summary>Whether the value is accepted, and the border that it proves.</summary>
    public bool Take(Reading reading, in MeasuredValue value, ObisCode obis, out CounterBreak? counterBreak)
    {
        counterBreak = null;
        if (known is null)
        {
            known = new Track(reading, value);
            return true;
        }

        var verdict = known.Judge(reading, value, settings);
        if (verdict.Change == CounterChange.Plausible)
        {
            known.Follow(reading, value);
            doubted = null;
            return true;
        }

        if (!Proven(reading, value, verdict)) return false;
        bool rolled = doubted!.Doubt.Change == CounterChange.RolledOver;
        counterBreak = new CounterBreak(obis, doubted.Doubt.Change, doubted.Doubt.Capacity, rolled ? 0m : doubted.First, doubted.FirstAt);
        (known, doubted) = (doubted, null);
        return true;
    }

    private bool Proven(Reading reading, in MeasuredValue value, CounterVerdict verdict)
    {
        if (doubted is null || doubted.Judge(reading, value, settings).Change != CounterChange.Plausible)
        {
            doubted = new Track(reading, value) { Doubt = verdict };
            return false;
        }

        doubted.Follow(reading, value);
        return doubted.Count >= PlausibilityFilter.Confirmations && reading.Monotonic - doubted.Since >= Proof;
    }

    /// <summary>A run of values that agree with each other.</summary>
    private sealed class Track(Reading reading, in MeasuredValue value)
    {
        private decimal step = value.Step;
        private Duration seen = reading.Monotonic;
        private Duration changed = reading.Monotonic;

        public decimal First { get; } = value.Value;

        public Instant FirstAt { get; } = reading.At;

        public Duration Since { get; } = reading.Monotonic;

        public decimal Value { get; private set; } = value.Value;

        /// <summary>How its first value was judged.</summary>
        public CounterVerdict Doubt { get; init; } = CounterVerdict.Plausible;

        public int Count { get; private set; } = 1;

        public CounterVerdict Judge(Reading reading, in MeasuredValue value, DeviceSettings settings)
        {
            Duration sinceChange = Duration.Min(reading.Monotonic - changed, LongestRenewal);
            Duration elapsed = Duration.Max(reading.Monotonic - seen, sinceChange);
            return CounterStep.Judge(Value, step, value.Value, value.Step, value.IsFloat, (decimal)(elapsed + Late).TotalHours, settings);
        }

        public void Follow(Reading reading, in MeasuredValue value)
        {
            // The maximum: a register that falls by one step again and again is going backwards.
            if (value.Value > Value) (Value, changed) = (value.Value, reading.Monotonic);
            (step, seen) = (value.Step, reading.Monotonic);
            Count++;
        }
    }
}
