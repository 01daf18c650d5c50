using System.Collections.Immutable;
using CoMaKo.Edge.Control.Limits;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>What people must know about a cycle.</summary>
internal static class AlarmList
{
    public static ImmutableArray<ControlAlarm> Of(LimitSettings site, LimitOutcome outcome, ImmutableArray<DeviceWrites> devices, string? wishFailure)
    {
        var alarms = ImmutableArray.CreateBuilder<ControlAlarm>();
        foreach (var device in devices)
        {
            if (device.Code is { } code) alarms.Add(new(code, device.Device.Value, device.Text ?? code));
        }

        foreach (var trace in outcome.Trace)
        {
            if (trace.State.Kind == LimitKind.Failsafe)
                alarms.Add(new(ControlCodes.InputLost, null, $"The limit '{trace.Name}' has lost its input {trace.State.Detail}: its safe value holds. Check the line."));
            if (trace.IsConflict && trace.Rank <= LimitRank.GridOperator)
                alarms.Add(new(ControlCodes.LimitNotKept, null, $"The limit '{trace.Name}' cannot be kept in full: the batteries may not do more."));
        }

        Limited(site, outcome, devices, alarms);
        if (wishFailure is not null) alarms.Add(new(ControlCodes.CycleFailed, null, $"A plan could not be read: {wishFailure}"));
        return alarms.ToImmutable();
    }

    /// <summary>Consumers and plants that should be limited now and are not reached.</summary>
    private static void Limited(LimitSettings site, LimitOutcome outcome, ImmutableArray<DeviceWrites> devices, ImmutableArray<ControlAlarm>.Builder alarms)
    {
        for (int i = 0; i < site.Loads.Length; i++) if (outcome.Allowed.Loads[i] < site.Loads[i].Rated) Check(site.Loads[i].Id.Value);
        if (outcome.Allowed.PvOutput is null) return;
        foreach (var plant in site.Plants) Check(plant.Id.Value);

        void Check(string id)
        {
            if (devices.FirstOrDefault(d => d.Device.Value == id) is { Reach: not ControlReach.ReadOnly }) return;
            alarms.Add(new(ControlCodes.LimitedButReadOnly, id, "It has to be limited now, but its control is not verified: do the write test."));
        }
    }
}
