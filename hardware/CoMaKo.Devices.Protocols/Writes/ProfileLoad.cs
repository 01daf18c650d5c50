using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Writes;

/// <summary>The write side of a consumer with a limit register (wallbox) by the sequences of its profile.</summary>
public sealed class ProfileLoad : ILoadLimit
{
    private readonly SetpointWriter writer;
    private bool isReady;

    /// <exception cref="WriteRefusedException"><c>CME-2402</c>: the profile has no control.</exception>
    public ProfileLoad(DeviceProfile profile, IModbusClient client, DeviceId device, byte unit, WearBudget wear)
    {
        ArgumentNullException.ThrowIfNull(profile);
        Device = device;
        writer = new(profile, client, device, unit, wear);
    }

    public DeviceId Device { get; }

    public async Task SetLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken)
    {
        try
        {
            if (!isReady) await writer.CheckAsync(cancellationToken);
            isReady = true;
            await writer.WriteAsync(limit is null ? ControlCommand.Release : ControlCommand.Limit, ValueOf, isProtective: true, cancellationToken);
        }
        catch (Exception e) when (e is not WriteRefusedException { Code: "CME-2401" })
        {
            isReady = false;
            writer.Forget();
            throw;
        }

        decimal ValueOf(ControlWord word) => word == ControlWord.Seconds ? Math.Max(1, (decimal)Math.Floor(validFor.TotalSeconds)) : Math.Max(0, limit?.Watts ?? 0);
    }
}
