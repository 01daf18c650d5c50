using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>Nothing, or no more than agreed, may be exported (local-control §3).</summary>
internal sealed class ExportContractLimit(LimitSettings settings) : ILimit
{
    public string Name => settings.Contract.ZeroExport ? "zero-export" : "export-contract";

    public LimitRank Rank => LimitRank.Contract;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        var source = settings.Contract.ZeroExport ? LimitSource.ZeroExport : LimitSource.ExportContract;
        Power? most = settings.Contract.ZeroExport ? Power.Zero : settings.Contract.ExportMax;
        return most is { } limit ? new(ConnectionBounds.Export(allowed, now, limit, Name), new(LimitKind.Active, source, Value: limit)) : new(allowed, LimitState.Idle(source));
    }
}

/// <summary>No more than agreed may be imported.</summary>
internal sealed class ImportContractLimit(LimitSettings settings) : ILimit
{
    public string Name => "import-contract";

    public LimitRank Rank => LimitRank.Contract;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now) => settings.Contract.ImportMax is { } limit
        ? new(ConnectionBounds.Import(allowed, now, limit, Name), new(LimitKind.Active, LimitSource.ImportContract, Value: limit))
        : new(allowed, LimitState.Idle(LimitSource.ImportContract));
}

/// <summary>Batteries take only what the building has too much of (local-control §6.4).</summary>
internal sealed class GridChargeLimit(LimitSettings settings) : ILimit
{
    public string Name => "grid-charge";

    public LimitRank Rank => LimitRank.Contract;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        if (settings.GridChargeAllowed) return new(allowed, LimitState.Idle(LimitSource.GridChargeForbidden));
        var surplus = PowerMath.Max(-(SiteBalance.Of(now).NetLoad ?? Power.Zero), Power.Zero);
        var narrowed = BatterySum.Narrow(allowed, now, BatterySum.Once.AsSpan(), -surplus.Milliwatts, null, Name);
        return new(narrowed, new(LimitKind.Active, LimitSource.GridChargeForbidden, Value: surplus));
    }
}

/// <summary>While feeding in costs money, no more is exported than somebody pays for; the batteries take the surplus first, then the plants are limited.</summary>
internal sealed class ExportPriceLimit : ILimit
{
    public string Name => "export-price";

    public LimitRank Rank => LimitRank.Contract;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now) => now.Orders.PaidExport is { } most && now.ClockIsTrusted
        ? new(ConnectionBounds.Export(allowed, now, most, Name), new(LimitKind.Active, LimitSource.ExportPrice, Value: most))
        : new(allowed, LimitState.Idle(LimitSource.ExportPrice));
}

/// <summary>Import as the hub limits it for the cooperative's sake; no signal of the grid operator.</summary>
internal sealed class HubLimit : ILimit
{
    public string Name => "hub-import";

    public LimitRank Rank => LimitRank.Hub;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now) => now.Orders.InForce(DirectedLimit.GridImport, now).MinBy(d => d.Limit) is { } directive
        ? new(ConnectionBounds.Import(allowed, now, directive.Limit, Name), new(LimitKind.Active, LimitSource.HubImport, directive.Id, directive.Limit, directive.From))
        : new(allowed, LimitState.Idle(LimitSource.HubImport));
}
