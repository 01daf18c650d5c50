using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>What became of a statement's amount; the numbers are those of <c>mkt_payment.state</c>.</summary>
public enum PaymentState
{
    Open = 0,
    Announced = 1,
    Paid = 2,
    PartlyPaid = 3,

    /// <summary>Its day has passed; also what an announced or partly paid one becomes by itself.</summary>
    Overdue = 4,
    Waived = 5,
}

/// <summary>A statement without its lines.</summary>
/// <param name="Title">How it addresses the participant; absent: by the id.</param>
/// <param name="Cents">Sum of its lines; above zero: owed to the cooperative.</param>
/// <param name="MadeUs">Unix µs.</param>
/// <param name="Payment">As of the day that was asked for.</param>
/// <param name="PaidCents">Signed as the amount is.</param>
public sealed record StatementHead(
    long StatementId, string Number, long RunId, string Group, RunName Run, string Participant, string? Title, long Cents, long MadeUs, PaymentState Payment, long PaidCents, int? DueDay)
{
    /// <summary>How the participant is called on it.</summary>
    public string Addressee => Title ?? Participant;

    /// <summary>Whether it corrects a statement made before.</summary>
    public bool IsCorrection => Run.Sequence > RunName.Final;
}

/// <summary>Tax of one side (charged or credited), treatment and rate, of the month as it stands.</summary>
/// <param name="IsCredit">On what the cooperative credits.</param>
public sealed record StatementTax(bool IsCredit, TaxTreatment Treatment, long RateBasisPoints, long NetCents, long TaxCents);

/// <summary>One statement with all that it says.</summary>
/// <param name="Points">Figures of the participant's metering points over the month as it stands.</param>
/// <param name="Lines">Of a correction the differences.</param>
/// <param name="BeforeCents">Sum of the participant's statements of this month that were published before.</param>
public sealed record Statement(
    StatementHead Head, string InputHash, string ResultHash, IReadOnlyList<RunPoint> Points, IReadOnlyList<SettlementLine> Lines, IReadOnlyList<StatementTax> Taxes, long BeforeCents)
{
    /// <summary>Consumption covered by neighbours, the month as it stands.</summary>
    public EnergyFigures Total => Points.Aggregate(default(EnergyFigures), (sum, point) => sum + point.Total);

    /// <summary>Sum of some kinds of lines, in cents.</summary>
    public long CentsOf(params ReadOnlySpan<LineKind> kinds)
    {
        long sum = 0;
        foreach (var line in Lines)
            if (kinds.Contains(line.Kind)) sum += line.Cents;
        return sum;
    }
}
