using System.Text.Json.Serialization;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>One line of an evidence file (<c>comako.evidence.1</c>, see the project's README). Bytes are base64; energy is Wh, money cents.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "part")]
[JsonDerivedType(typeof(StatementPart), "statement")]
[JsonDerivedType(typeof(TermsPart), "terms")]
[JsonDerivedType(typeof(OwnPart), "own")]
[JsonDerivedType(typeof(PricesPart), "prices")]
[JsonDerivedType(typeof(ForecastPart), "forecast")]
[JsonDerivedType(typeof(AssignedPart), "assigned")]
[JsonDerivedType(typeof(BatchPart), "batch")]
[JsonDerivedType(typeof(CurvePart), "curve")]
[JsonDerivedType(typeof(DayPart), "day")]
[JsonDerivedType(typeof(OtherPart), "other")]
internal abstract record EvidencePart
{
    /// <summary>Which one it is, in words for findings.</summary>
    public abstract string Describe();
}

/// <summary>The statement that the file is about, and what was stated to the participant for the month before.</summary>
/// <param name="IsFull">Points have their own ids, and input and result hash of the run can be computed. Otherwise others are pseudonyms.</param>
/// <param name="Document">The statement's canonical JSON.</param>
internal sealed record StatementPart(
    string Number, string Participant, string? Addressee, string Run, long MadeUs, string InputSha256, string ResultSha256, bool IsFull, IReadOnlyList<LineEntry> Before, string Document) : EvidencePart
{
    public override string Describe() => $"statement {Number}";
}

/// <summary>A line that was published before.</summary>
internal sealed record LineEntry(LineKind Kind, string Point, LocalDate From, LocalDate To, long Wh, long Price, long Cents)
{
    public static LineEntry Of(SettlementLine line) => new(line.Kind, line.Point, line.From, line.To, line.Wh, line.Price, line.Cents);

    public SettlementLine ToLine() => new(Kind, Point, From, To, Wh, Price, Cents);
}

/// <summary>Members, keys, prices, taxes as they held for the run.</summary>
internal sealed record TermsPart(RunBasis Terms) : EvidencePart
{
    public override string Describe() => "terms";
}

/// <summary>A metering point of the participant under the name that this file gives it.</summary>
internal sealed record OwnPart(string Point, string Id) : EvidencePart
{
    public override string Describe() => $"own point {Point}";
}

/// <summary>Balancing prices in 1/10 000 ct per kWh by begin of their slot, Unix seconds.</summary>
internal sealed record PricesPart(IReadOnlyList<long> Slots, IReadOnlyList<long> Prices) : EvidencePart
{
    public override string Describe() => "balancing prices";
}

/// <summary>What was expected of a point before the day began.</summary>
internal sealed record ForecastPart(string Point, EnergyDirection Direction, LocalDate Day, IReadOnlyList<long> Wh) : EvidencePart
{
    public override string Describe() => FormattableString.Invariant($"forecast {Point} {Direction} {Day:uuuu-MM-dd}");
}

/// <summary>A register that forms a point's curve.</summary>
/// <param name="FromDay">Number of the first Berlin day since 1970; 0: from ever.</param>
/// <param name="ToDay">Exclusive; absent while it goes on.</param>
/// <param name="LimitWh">What the connection lets through in a slot; more does not count. Absent: not known.</param>
internal sealed record AssignedPart(string Point, EnergyDirection Direction, string Register, string Gateway, int Factor, int FromDay, int? ToDay, long? LimitWh) : EvidencePart
{
    public override string Describe() => $"assignment of {Register} to {Point}";
}

/// <summary>
/// Records of a gateway in sequence: base64 of a record's bytes, or <c>sha256:</c> and its hash where the record is not about this participant. Both lead the
/// chain from before to after.
/// </summary>
internal sealed record BatchPart(string Gateway, string Epoch, long FromSequence, string ChainBefore, string ChainAfter, long ReceivedUs, IReadOnlyList<string> Records) : EvidencePart
{
    public const string Hidden = "sha256:";

    public override string Describe() => FormattableString.Invariant($"batch {FromSequence} to {FromSequence + Records.Count - 1} of gateway {Gateway}, epoch {Epoch}");
}

/// <summary>A version of a source's curve that a day was chosen from.</summary>
/// <param name="AsOfUs">It follows from the batches received up to here; absent: it rests on what somebody delivered, entered or decided.</param>
internal sealed record CurvePart(
    string Point, EnergyDirection Direction, LocalDate Day, CurveSource Source, int Version, byte[] Wh, byte[] Quality, byte[]? Method, long CreatedUs, string? Author, string? Reason, long? Delivery,
    long? AsOfUs) : EvidencePart
{
    public override string Describe() => FormattableString.Invariant($"curve {Point} {Direction} {Day:uuuu-MM-dd}, {Source} version {Version}");
}

/// <summary>The effective day that counted: version and hash of what it was chosen from.</summary>
internal sealed record DayPart(string Point, EnergyDirection Direction, LocalDate Day, int Version, string InputSha256) : EvidencePart
{
    public override string Describe() => FormattableString.Invariant($"day {Point} {Direction} {Day:uuuu-MM-dd}, version {Version}");
}

/// <summary>Another member's values that counted, under a pseudonym: sharing cannot be computed without them.</summary>
internal sealed record OtherPart(string Point, EnergyDirection Direction, LocalDate Day, byte[] Wh, byte[] Status) : EvidencePart
{
    public override string Describe() => FormattableString.Invariant($"values of {Point} {Direction} {Day:uuuu-MM-dd}");
}
