using CoMaKo.Hub.Settlement.Statements;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Payments;

/// <summary>What is to be noted about a statement's amount.</summary>
/// <param name="State">Absent: a sum was paid, and the state follows from it.</param>
/// <param name="Day">On which it happened.</param>
/// <param name="Cents">Paid, above zero whichever way the money goes; absent: what is still open, or nothing.</param>
/// <param name="DueOn">Until when it is to be paid.</param>
internal sealed record PaymentEntry(int? Row, string Number, PaymentState? State, LocalDate Day, long? Cents, LocalDate? DueOn, string? Reason);

/// <summary>The next row of a statement's payments.</summary>
/// <param name="Cents">Signed as the statement's amount is; below it what an opened one takes back.</param>
internal sealed record PaymentStep(PaymentState State, long Cents, LocalDate? DueOn);

/// <summary>
/// Which state may follow which: open → announced → paid, partly paid, overdue, waived. What is paid or waived opens again only by hand, because it was a
/// mistake. Codes: CMH-2381 state, 2382 sum.
/// </summary>
internal static class PaymentRules
{
    /// <summary>The step, or why there is none.</summary>
    /// <param name="cents">The statement's amount.</param>
    /// <param name="paid">What was paid before, signed as the amount.</param>
    public static (PaymentStep? Step, string? Code, string? Text) Next(PaymentState now, long cents, long paid, LocalDate? due, PaymentEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        long open = Math.Abs(cents - paid);
        if (entry.State == PaymentState.Open) return now == PaymentState.Open ? Refused("It is open already.") : (new PaymentStep(PaymentState.Open, -paid, null), null, null);
        if (now is PaymentState.Paid or PaymentState.Waived) return Refused($"It is {StatementText.WordOf(now)} already; open it again first if that was a mistake.");
        if (entry.State is PaymentState.Announced && now is not (PaymentState.Open or PaymentState.Announced)) return Refused($"It is {StatementText.WordOf(now)} already.");
        bool isPayment = entry.State is null or PaymentState.Paid or PaymentState.PartlyPaid;
        if (!isPayment) return entry.Cents is null ? (new PaymentStep(entry.State!.Value, 0, entry.DueOn ?? due), null, null) : Wrong("A sum comes with a payment only.");
        long sum = entry.Cents ?? (entry.State == PaymentState.Paid ? open : 0);
        if (sum <= 0) return Wrong("A payment has a sum above zero.");
        if (sum > open) return Wrong(FormattableString.Invariant($"Only {open / 100}.{open % 100:00} EUR are open."));
        bool isWhole = sum == open;
        if (entry.State == PaymentState.Paid && !isWhole) return Wrong(FormattableString.Invariant($"{open / 100}.{open % 100:00} EUR are open; less is partly_paid."));
        if (entry.State == PaymentState.PartlyPaid && isWhole) return Wrong("That is all that is open: paid.");
        return (new PaymentStep(isWhole ? PaymentState.Paid : PaymentState.PartlyPaid, Math.Sign(cents) * sum, entry.DueOn ?? due), null, null);

        static (PaymentStep?, string?, string?) Refused(string text) => (null, "CMH-2381", text);

        static (PaymentStep?, string?, string?) Wrong(string text) => (null, "CMH-2382", text);
    }
}
