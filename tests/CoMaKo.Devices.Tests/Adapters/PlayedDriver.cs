using System.Device.Gpio;

namespace CoMaKo.Devices.Tests.Adapters;

/// <summary>The package's view of a chip, played: pins with levels from outside and callbacks on a change.</summary>
internal sealed class PlayedDriver(int pins) : GpioDriver
{
    private readonly Lock gate = new();
    private readonly bool[] levels = new bool[pins];
    private readonly Dictionary<int, PinMode> modes = [];
    private readonly Dictionary<int, PinChangeEventHandler> listeners = [];

    public bool HasBias { get; set; } = true;

    /// <summary>Unplugged: nothing answers any more.</summary>
    public bool IsGone { get; set; }

    public IEnumerable<int> Open => modes.Keys;

    public int Listeners => listeners.Count;

    protected override int PinCount => pins;

    public PinMode ModeOf(int pin) => modes[pin];

    public bool LevelAt(int pin)
    {
        lock (gate) return levels[pin];
    }

    /// <summary>Sets a level from outside.</summary>
    public void Drive(int pin, bool level)
    {
        PinChangeEventHandler? listener;
        lock (gate)
        {
            if (levels[pin] == level) return;
            levels[pin] = level;
            listener = listeners.GetValueOrDefault(pin);
        }

        listener?.Invoke(this, new(level ? PinEventTypes.Rising : PinEventTypes.Falling, pin));
    }

    protected override void OpenPin(int pinNumber) => Reach(() => modes.Add(pinNumber, PinMode.Input));

    protected override void ClosePin(int pinNumber) => Reach(() =>
    {
        Assert.False(listeners.ContainsKey(pinNumber), "libgpiod's driver keeps a line that somebody listens to.");
        modes.Remove(pinNumber);
    });

    protected override void SetPinMode(int pinNumber, PinMode mode) => Reach(() => modes[pinNumber] = mode);

    protected override PinMode GetPinMode(int pinNumber) => modes[pinNumber];

    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => HasBias || mode is PinMode.Input or PinMode.Output;

    protected override PinValue Read(int pinNumber)
    {
        PinValue value = default;
        Reach(() => value = levels[pinNumber]);
        return value;
    }

    protected override void Write(int pinNumber, PinValue value) => Reach(() => levels[pinNumber] = (bool)value);

    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) => Reach(() => listeners.Add(pinNumber, callback));

    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) => Reach(() => listeners.Remove(pinNumber));

    private void Reach(Action act)
    {
        lock (gate)
        {
            if (IsGone) throw new IOException("Error while reading value from pin");
            act();
        }
    }
}
