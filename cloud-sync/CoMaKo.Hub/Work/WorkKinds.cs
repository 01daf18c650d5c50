namespace CoMaKo.Hub.Work;

/// <summary>Every kind of cause that a source tells of: known before any source is there, because the settings name kinds. A test holds it against the sources.</summary>
internal static class WorkKinds
{
    public static readonly IReadOnlyList<string> All =
    [
        "alerts.blind", "alerts.undelivered", "anomaly.error", "anomaly.warning", "conflict", "dispute", "gap", "gateway.clock", "gateway.meter", "gateway.note", "gateway.silent", "invoice.gap", "job.dead",
        "month.due", "month.gap", "month.ready", "parked", "payment.overdue",
    ];

    /// <summary>Those that are there before the day on which they are due.</summary>
    public static readonly IReadOnlyList<string> WithDue = ["month.gap"];

    /// <summary>The word before the point.</summary>
    public static string FamilyOf(string kind) => kind.Split('.')[0];

    /// <summary>Whether a kind is one, or of the family.</summary>
    public static bool IsOf(string kind, string oneOrFamily) => kind == oneOrFamily || kind.StartsWith(oneOrFamily + ".", StringComparison.Ordinal);
}
