using NodaTime;

namespace CoMaKo.Devices.Protocols.Relays;

/// <summary>Follows one GPIO line; opens it again when it was lost.</summary>
internal sealed class GpioRelayLoop(GpioRelay relay, RelayContact contact, RelayPanel panel)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    public async Task RunAsync()
    {
        while (!panel.Stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync();
            }
            catch (Exception e) when (!panel.Stop.IsCancellationRequested)
            {
                panel.Lost(contact, e.Message); // whatever it was: a contact that nobody watches is not known
            }

            await Task.Delay(Again, panel.Real, panel.Stop);
        }
    }

    private async Task FollowAsync()
    {
        using var input = relay.Lines.OpenInput(relay.Line, new($"comako {relay.Meaning}", relay.Debounce, relay.Bias));
        panel.Seen(contact, IsClosed(input.Read()));
        uint? last = null;
        await foreach (var edge in input.EdgesAsync(panel.Stop))
        {
            bool isGap = last is { } before && edge.Sequence != before + 1;
            last = edge.Sequence;
            panel.Seen(contact, IsClosed(isGap ? input.Read() : edge.Rising));
        }
    }

    private bool IsClosed(bool isHigh) => isHigh != relay.ClosedIsLow;
}

/// <summary>Asks the inputs of one Modbus unit ten times a second.</summary>
internal sealed class ModbusRelayLoop(IReadOnlyList<(ModbusRelay Relay, RelayContact Contact)> inputs, RelayPanel panel)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>One lost answer does not make a limit flicker; longer, and nobody knows the contact any more.</summary>
    private static readonly Duration Patience = Duration.FromSeconds(2);

    private readonly ushort first = inputs.Min(i => i.Relay.Input);
    private readonly int count = inputs.Max(i => i.Relay.Input) - inputs.Min(i => i.Relay.Input) + 1;

    public async Task RunAsync()
    {
        var lastGood = panel.Monotonic;
        using var timer = new PeriodicTimer(Period, panel.Real);
        do
        {
            try
            {
                await AskAsync();
                lastGood = panel.Monotonic;
            }
            catch (Exception e) when (!panel.Stop.IsCancellationRequested)
            {
                if (panel.Monotonic - lastGood < Patience) continue;
                foreach (var (_, contact) in inputs) panel.Lost(contact, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(panel.Stop));
    }

    private async Task AskAsync()
    {
        var unit = inputs[0].Relay;
        bool[] bits = await unit.Client.ReadBitsAsync(unit.Unit, BitTable.DiscreteInputs, first, count, panel.Stop);
        foreach (var (relay, contact) in inputs) panel.Seen(contact, bits[relay.Input - first]);
    }
}
