using System.Globalization;
using CoMaKo.Devices;

namespace CoMaKo.Edge.Acquisition;

/// <summary>What earlier runs know of a device.</summary>
/// <param name="Meter">Meter that was booked last, in hex; absent if none was.</param>
/// <param name="Invert">How it was mounted then; absent if never booked.</param>
/// <param name="ImportWattHours">Virtual import register; 0 if there was none.</param>
/// <param name="ExportWattHours">Virtual export register; 0 if there was none.</param>
public sealed record DeviceMemory(string? Meter, bool? Invert, decimal ImportWattHours, decimal ExportWattHours)
{
    /// <summary>Reads it from the store's state.</summary>
    /// <exception cref="IOException">The store could not be read.</exception>
    public static async ValueTask<DeviceMemory> LoadAsync(IRegisterHistory history, DeviceId device, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(history);
        return new DeviceMemory(
            await history.LoadStateAsync(MeterKey(device), cancellationToken),
            await history.LoadStateAsync(InvertKey(device), cancellationToken) is { } invert ? invert == "true" : null,
            await NumberAsync(ImportKey(device)),
            await NumberAsync(ExportKey(device)));

        async ValueTask<decimal> NumberAsync(string key) =>
            await history.LoadStateAsync(key, cancellationToken) is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : 0m;
    }

    public static string MeterKey(DeviceId device) => $"device/{device}/meter";

    public static string InvertKey(DeviceId device) => $"device/{device}/invert";

    public static string ImportKey(DeviceId device) => $"device/{device}/virtual-import-wh";

    public static string ExportKey(DeviceId device) => $"device/{device}/virtual-export-wh";
}
