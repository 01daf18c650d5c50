using CoMaKo.Hub.Access;

namespace CoMaKo.Hub.Web.Views;

/// <summary>Groups of the rail, in their order; words <c>nav.community</c> and so on.</summary>
internal enum RailGroup
{
    Community,
    Field,
    Market,
    House,
}

/// <summary>An entry of the rail.</summary>
/// <param name="Word">Key of its text.</param>
/// <param name="For">Who sees it.</param>
/// <param name="Work">Kinds of work that it counts, by how they begin; empty: none.</param>
internal sealed record RailEntry(RailGroup Group, string Address, string Icon, string Word, Roles For = Roles.Operator, params string[] Work)
{
    /// <summary>Further addresses that belong to it, by how they begin.</summary>
    public string[] Also { get; init; } = [];

    /// <summary>All entries; a part of the pages adds its own here.</summary>
    public static readonly IReadOnlyList<RailEntry> All =
    [
        new(RailGroup.Community, "/pages/work", "ok", "nav.work", Roles.Operator, ""),
        new(RailGroup.Community, "/pages/participants", "person", "nav.participants") { Also = ["/pages/new_participant"] },
        new(RailGroup.Community, "/pages/points", "load", "nav.points") { Also = ["/pages/new_point"] },
        new(RailGroup.Community, "/pages/balance_groups", "people", "nav.groups") { Also = ["/balance_groups", "/pages/new_balance_group"] },
        new(RailGroup.Community, "/pages/months", "clock", "nav.months", Roles.Operator, "month."),
        new(RailGroup.Community, "/pages/anomalies", "attention", "nav.anomalies", Roles.Operator, "anomaly.", "gap"),
        new(RailGroup.Community, "/pages/disputes", "info", "members.disputes", Roles.Operator, "dispute"),
        new(RailGroup.Community, "/pages/statements", "euro", "statements.title", Roles.Operator | Roles.Member),
        new(RailGroup.Community, "/pages/invoices", "euro", "invoices.title", Roles.Operator, "invoice.") { Also = ["/pages/invoicing"] },
        new(RailGroup.Community, "/pages/payments", "euro", "payments.title", Roles.Operator, "payment.overdue"),
        new(RailGroup.Field, Pages.StartPage.Fleet, "gateway", "nav.gateways", Roles.Operator | Roles.Viewer, "gateway.silent", "gateway.meter", "gateway.clock") { Also = ["/pages/gateways"] },
        new(RailGroup.Field, "/pages/registers", "meter", "nav.registers") { Also = ["/pages/load_curves"] },
        new(RailGroup.Field, "/pages/readings", "table", "nav.readings"),
        new(RailGroup.Field, "/pages/parked", "waiting", "nav.parked", Roles.Operator, "parked", "gateway.note", "conflict"),
        new(RailGroup.House, "/pages/alerts", "attention", "nav.alerts", Roles.Operator, "alerts."),
        new(RailGroup.House, "/pages/people", "people", "people.title"),
        new(RailGroup.House, "/pages/imports", "store", "nav.imports"),
        new(RailGroup.House, "/pages/audit", "audit", "nav.audit"),
        new(RailGroup.House, "/pages/keys", "lock", "nav.keys") { Also = ["/pages/new_key"] },
        new(RailGroup.House, "/pages/jobs", "sync", "nav.jobs", Roles.Operator, "job."),
    ];

    /// <summary>Whether a path is this entry's page or one below it.</summary>
    public bool IsAt(string path) => Begins(path, Address) || Also.Any(also => Begins(path, also));

    private static bool Begins(string path, string address) => path == address || path.StartsWith(address + "/", StringComparison.Ordinal);
}
