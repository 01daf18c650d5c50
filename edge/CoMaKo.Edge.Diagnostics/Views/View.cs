using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Edge.Diagnostics.Control;
using CoMaKo.Edge.Diagnostics.Live;
using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Web;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>Everything that one rendering of a page shows, taken at one moment.</summary>
/// <param name="Today">The quarter hours of the building's day.</param>
internal sealed record View(
    ViewRequest Request, Wording Say, Instant Now, IGatewayInfo Gateway, BuildingSnapshot Snapshot, SyncStatus Sync, DayView Today,
    IReadOnlyList<DeviceView> Devices, FrameLog Frames, IFrameExplainer Explainer, WebAssets Assets)
{
    /// <summary>Control, as far as this page shows it; absent if the building has nothing to control.</summary>
    public ControlView? Control { get; init; }

    /// <summary>Powers of the last minute.</summary>
    public required PowerTrail Trail { get; init; }

    /// <summary>Accounts, as far as pages show them.</summary>
    public required AccessDesk Access { get; init; }

    /// <summary>The meter of a meter page; absent if no such device is configured.</summary>
    public DeviceView? Device => Devices.FirstOrDefault(device => device.Info.Id == Request.Device);

    /// <summary>The name of an account, for those who have one themselves: a stranger must not collect names to try passwords on.</summary>
    public string Person(string account) => Request.Visitor.Account is null ? Say["somebody"] : account;

    /// <summary>Devices of a role, in the building file's order.</summary>
    public IEnumerable<DeviceView> Of(DeviceRole role) => Devices.Where(device => device.Info.Role == role);

    /// <summary>State of each slot of today over some registers.</summary>
    public IReadOnlyList<SlotState> States(IReadOnlyList<RegisterDay> registers) =>
        Today.States(registers, Now, Sync.Hub is null ? long.MaxValue : Sync.AcknowledgedSequence);
}

/// <summary>Takes the picture.</summary>
internal sealed class ViewFactory(
    TimeProvider time, IGatewayInfo gateway, ISnapshotSource snapshots, ISyncStatus sync, DayCache days, FrameLog frames, IFrameExplainer explainer, WebAssets assets,
    AccessDesk access, ControlDesk control, PowerTrail trail)
{
    public async ValueTask<View> CreateAsync(ViewRequest request, CancellationToken cancellationToken)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var snapshot = snapshots.Current;
        var status = sync.Current;
        var today = await days.ReadAsync(now.InZone(gateway.Zone).Date, status, cancellationToken);
        var devices = gateway.Devices.Select(device => DeviceView.Of(device, snapshot, now)).ToList();
        return new View(request, new Wording(request.Language, gateway.Zone), now, gateway, snapshot, status, today, devices, frames, explainer, assets)
        {
            Access = access,
            Control = await control.LookAsync(request, now, cancellationToken),
            Trail = trail,
        };
    }
}
