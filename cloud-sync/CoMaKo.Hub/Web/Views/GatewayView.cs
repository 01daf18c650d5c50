using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Metering;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Web.Views;

/// <summary>How a gateway is, worst first.</summary>
public enum GatewayState
{
    Silent,
    Noted,
    MeterSilent,
    ClockUnsure,
    CatchingUp,
    Current,
}

/// <summary>A gateway's clock as it reported it.</summary>
public enum ClockWord
{
    Unknown,
    Exact,
    Holdover,
    SetByHand,
}

/// <summary>A gateway with what its registers brought today.</summary>
public sealed record GatewayView(GatewayInfo Info, IReadOnlyList<RegisterInfo> Registers, DayStates Today, GatewayState State, Duration Silence, ClockWord Clock)
{
    internal static readonly Duration SilentAfter = Duration.FromMinutes(15);

    /// <summary>A slot's totals come minutes after its end; after two slots the meter is missing.</summary>
    private static readonly long MeterSilentAfterSeconds = 2 * QuarterHour.Seconds + 300;

    public string Building => Info.Building;

    public bool IsSilent => Silence > SilentAfter;

    /// <summary>Its clock does not know how right it is.</summary>
    public bool HasUnsureClock => Clock == ClockWord.Unknown && Info.Status is not null;

    /// <summary>Registers without a total for longer than transfer takes; none while records wait in the gateway.</summary>
    public IReadOnlyList<RegisterInfo> SilentMeters { get; private init; } = [];

    public static GatewayView Of(GatewayInfo info, IReadOnlyList<RegisterInfo> registers, DayStates today, Instant now)
    {
        var silence = now - Instant.FromUnixTimeTicks(info.LastContactUs * 10);
        var clock = ClockOf(info.Status?.ClockState);
        bool isWaiting = info.Waiting > 0;
        var meters = isWaiting ? [] : registers.Where(register => register.LastSlotEnd is { } end && now.ToUnixTimeSeconds() - end > MeterSilentAfterSeconds).ToList();
        var state = silence > SilentAfter ? GatewayState.Silent
            : info.Notes > 0 ? GatewayState.Noted
            : meters.Count > 0 ? GatewayState.MeterSilent
            : clock == ClockWord.Unknown && info.Status is not null ? GatewayState.ClockUnsure
            : isWaiting && OldestWait(info, now) > Duration.FromMinutes(15) ? GatewayState.CatchingUp
            : GatewayState.Current;
        return new GatewayView(info, registers, today, state, silence, clock) { SilentMeters = meters };
    }

    private static Duration OldestWait(GatewayInfo info, Instant now) =>
        info.Status is { HasOldestWaitingUnixUs: true } status ? now - Instant.FromUnixTimeTicks(status.OldestWaitingUnixUs * 10) : Duration.Zero;

    private static ClockWord ClockOf(string? reported) => reported?.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant() switch
    {
        "SYNCED" or "SYNCHRONISED" or "EXACT" => ClockWord.Exact,
        "HOLDOVER" => ClockWord.Holdover,
        "SETBYTECHNICIAN" => ClockWord.SetByHand,
        _ => ClockWord.Unknown,
    };
}

/// <summary>Puts gateways and their registers together for the pages.</summary>
internal sealed class GatewayViews(GatewayReader gateways, LoadCurves curves, TimeProvider clock)
{
    public Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    /// <summary>Gateways, worst first.</summary>
    /// <param name="withToday">Whether today's slots are read too; states do not need them.</param>
    public async Task<IReadOnlyList<GatewayView>> AllAsync(int most, bool withToday)
    {
        var views = new List<GatewayView>();
        foreach (var gateway in await gateways.ListAsync("", most)) views.Add(await OfAsync(gateway, withToday));
        return [.. views.OrderBy(view => view.State).ThenBy(view => view.Building, StringComparer.Ordinal)];
    }

    /// <summary>One gateway; absent if the hub does not know it.</summary>
    public async Task<GatewayView?> FindAsync(string name) => await gateways.FindAsync(name) is { } found ? await OfAsync(found, withToday: true) : null;

    private async Task<GatewayView> OfAsync(GatewayInfo gateway, bool withToday)
    {
        var registers = await curves.OfGatewayAsync(gateway.GatewayId);
        int day = MarketDay.Containing(Now.ToUnixTimeSeconds());
        var today = new List<(RegisterInfo, IReadOnlyList<EffectiveSlot>)>();
        foreach (var register in registers.Where(register => withToday && register.Role == SettlementRole.Settlement))
            today.Add((register, await curves.DayUpToNowAsync(register, day)));
        return GatewayView.Of(gateway, registers, DayStates.Of(day, today, gateway.Waiting > 0), Now);
    }
}
