using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Relays;

/// <summary>States of a heat pump's SG-Ready interface by its two contacts.</summary>
public enum SgReadyState
{
    /// <summary>1:0. The grid operator's lock.</summary>
    Blocked = 1,

    /// <summary>0:0.</summary>
    Normal = 2,

    /// <summary>0:1. Runs more than usual.</summary>
    More = 3,

    /// <summary>1:1. Starts now.</summary>
    Forced = 4,
}

/// <summary>The two contacts.</summary>
public interface ISgReadyContacts : IDisposable
{
    /// <exception cref="IOException">They cannot be switched.</exception>
    ValueTask SetAsync(bool first, bool second, CancellationToken cancellationToken);
}

/// <summary>The contacts as two neighbouring coils of a Modbus module.</summary>
public sealed class SgReadyCoils(IModbusClient client, byte unit, ushort firstCoil) : ISgReadyContacts
{
    public ValueTask SetAsync(bool first, bool second, CancellationToken cancellationToken) =>
        client.WriteCoilsAsync(unit, firstCoil, new[] { first, second }, cancellationToken);

    public void Dispose()
    {
        // The bus belongs to its owner.
    }
}

/// <summary>The contacts as relays on two GPIO lines; the kernel opens them when the gateway dies.</summary>
/// <param name="closedIsLow">Relay boards that switch on with a low level.</param>
public sealed class SgReadyLines(IGpioLines lines, int firstLine, int secondLine, bool closedIsLow) : ISgReadyContacts
{
    private (IGpioOutput First, IGpioOutput Second)? outputs;

    public ValueTask SetAsync(bool first, bool second, CancellationToken cancellationToken)
    {
        outputs ??= (lines.OpenOutput(firstLine, closedIsLow, "comako sg-ready 1"), lines.OpenOutput(secondLine, closedIsLow, "comako sg-ready 2"));
        outputs.Value.First.Set(first != closedIsLow);
        outputs.Value.Second.Set(second != closedIsLow);
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        outputs?.First.Dispose();
        outputs?.Second.Dispose();
        outputs = null;
    }
}

/// <summary>A heat pump behind SG-Ready contacts, as the building file has it.</summary>
/// <param name="Rated">Greatest electric power; a limit of as much or more is none.</param>
public sealed record SgReadyOptions(DeviceId Id, Power Rated)
{
    /// <summary>State while limited: blocked, or a state in which the heat pump is set up to draw less.</summary>
    public SgReadyState Limited { get; init; } = SgReadyState.Blocked;

    public SgReadyState Unlimited { get; init; } = SgReadyState.Normal;
}

/// <summary>The write side of a heat pump that knows steps only. A limit that is not renewed in time ends here, since contacts have no timer of their own.</summary>
public sealed class SgReadyLoad : ILoadLimit, IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);

    private readonly ISgReadyContacts contacts;
    private readonly SgReadyOptions options;
    private readonly SemaphoreSlim gate = new(1);
    private readonly ITimer expiry;

    /// <param name="time">Ends limits.</param>
    public SgReadyLoad(ISgReadyContacts contacts, SgReadyOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        (this.contacts, this.options) = (contacts, options);
        expiry = time.CreateTimer(_ => _ = ExpireAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public DeviceId Device => options.Id;

    /// <summary>The state that was last set; absent before the first.</summary>
    public SgReadyState? State { get; private set; }

    public async Task SetLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken)
    {
        bool isLimited = limit is { } most && most < options.Rated;
        await SetAsync(isLimited ? options.Limited : options.Unlimited, cancellationToken);
        expiry.Change(isLimited ? validFor.ToTimeSpan() : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public async ValueTask DisposeAsync()
    {
        await expiry.DisposeAsync();
        contacts.Dispose();
        gate.Dispose();
    }

    private async Task SetAsync(SgReadyState state, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            await contacts.SetAsync(state is SgReadyState.Blocked or SgReadyState.Forced, state is SgReadyState.More or SgReadyState.Forced, cancellationToken);
            State = state;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task ExpireAsync()
    {
        try
        {
            await SetAsync(options.Unlimited, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            expiry.Change(Again, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            return; // the gateway stops
        }
    }
}
