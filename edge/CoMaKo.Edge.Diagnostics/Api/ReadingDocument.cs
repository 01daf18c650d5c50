using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Views;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Api;

/// <summary>One device's last reading, entry of <c>GET /api/readings</c>. Power is positive towards the building.</summary>
/// <param name="At">Absent, as are the values, before the first reading.</param>
internal sealed record ReadingDocument(string Device, DeviceRole Role, Freshness Freshness, Instant? At, string? ServerId, IReadOnlyList<ValueDocument> Values)
{
    public static ReadingDocument Of(DeviceView device)
    {
        var last = device.Seen?.Last;
        return new ReadingDocument(
            device.Info.Id.Value, device.Info.Role, device.Freshness, last?.At, last?.ServerId,
            (last?.Values ?? []).Select(value => new ValueDocument(value.Measurand, value.Obis?.ToString(), value.Value, Units.Of(value.Measurand))).ToList());
    }
}

/// <summary>One value in its measurand's unit; empty unit for numbers without one.</summary>
internal sealed record ValueDocument(Measurand Measurand, string? Obis, decimal Value, string Unit);
