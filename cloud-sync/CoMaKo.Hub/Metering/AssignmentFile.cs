using System.Data.Common;
using System.Globalization;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Market.Files;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>A register of a metering point with whose it is.</summary>
/// <param name="Direction">Absent: the point's only one.</param>
internal sealed record PointAssignment(string Point, EnergyDirection? Direction, Assignment Assignment);

/// <summary>Which gateways' registers form which metering points' curves. A register must have come from its gateway before.</summary>
internal sealed class AssignmentFile(HubDatabase database, AssignmentStore assignments, TimeProvider clock) : MasterFile<PointAssignment>(database, clock)
{
    private const string Select = """
        SELECT s.point_id AS PointId, s.direction AS Direction, r.name AS Register, a.factor AS Factor, a.from_day AS FromDay, a.to_day AS ToDay
        FROM met_assignment a JOIN met_series s ON s.series_id = a.series_id JOIN met_register r ON r.register_id = a.register_id
        """;

    public override string Name => "register_assignments";

    public override string Summary => "Which gateways' registers form which metering points' curves, from (inclusive, empty: ever) to (exclusive)";

    public override IReadOnlyList<CsvColumn> Columns { get; } =
        [new("metering_point", IsRequired: true), new("direction"), new("register", IsRequired: true), new("factor", CsvKind.Number), new("from"), new("to")];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null)
    {
        var names = (await PointReader.AllAsync(reader)).Values.ToDictionary(point => point.PointId, point => point.Name);
        return [.. (await reader.QueryAsync<Stored>(Select)).OrderBy(row => names[row.PointId], StringComparer.Ordinal).ThenBy(row => row.Direction).ThenBy(row => row.Register, StringComparer.Ordinal).ThenBy(row => row.FromDay)
            .Select(row => new[]
            {
                names[row.PointId], WordOf((EnergyDirection)row.Direction), row.Register, row.Factor.ToString(CultureInfo.InvariantCulture), MarketDays.TextOf(row.FromDay),
                row.ToDay is { } to ? MarketDays.TextOf(to) : null,
            })];
    }

    protected override PointAssignment Read(JsonForm form, FormFindings findings)
    {
        long factor = form.Number("factor", 0, -1, 1) ?? 1;
        if (factor == 0) form.Add("factor", "CMH-1731", "The factor is 1, or -1 for a register that is subtracted.");
        var (from, to) = (form.Day("from") ?? MarketDays.Ever, form.Day("to"));
        if (to <= from) form.Add("to", "CMH-1732", "'to' lies after 'from'.");
        var read = new PointAssignment(form.Text("metering_point", isRequired: true) ?? "", form.Word<EnergyDirection>("direction"), new Assignment(form.Text("register", isRequired: true) ?? "", from, to, (int)factor));
        form.Close();
        return read;
    }

    protected override object KeyOf(PointAssignment row) => (row.Point, row.Direction, row.Assignment.Register, row.Assignment.FromDay);

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<PointAssignment>> rows, ImportWork work)
    {
        var points = await PointReader.AllAsync(tx);
        var known = (await tx.Prepare("SELECT name FROM met_register").ListAsync(row => row.Text(0))).ToHashSet(StringComparer.Ordinal);
        var stored = (await tx.QueryAsync<Stored>(Select)).ToLookup(row => row.PointId, row => row.ToRegister());
        foreach (var ofPoint in rows.GroupBy(row => row.Item.Point, StringComparer.Ordinal))
        {
            if (!points.TryGetValue(ofPoint.Key, out var point))
            {
                work.Findings.Add(ofPoint.First().Row, "metering_point", "CMH-1651", $"There is no metering point '{ofPoint.Key}'. Take it in first.");
                continue;
            }

            var registers = stored[point.PointId].ToDictionary(KeyOf);
            bool isChanged = false;
            foreach (var (row, item) in ofPoint)
                if (RegisterOf(point, item, row, known, work) is { } register)
                {
                    isChanged |= work.Count(registers.GetValueOrDefault(KeyOf(register)), register);
                    registers[KeyOf(register)] = register;
                }

            if (isChanged && !work.Findings.Any) await assignments.PutAsync(tx, point, [.. registers.Values], work.Caller, work.Findings);
        }

        static (EnergyDirection, string, int) KeyOf(PointRegister register) => (register.Direction, register.Assignment.Register, register.Assignment.FromDay);
    }

    /// <returns>Absent, with findings, if the point or the hub does not have it.</returns>
    private static PointRegister? RegisterOf(PointRow point, PointAssignment item, int row, HashSet<string> known, ImportWork work)
    {
        EnergyDirection? only = point.Directions == PointDirections.Both ? null : (EnergyDirection)(int)point.Directions;
        bool hasDirection = (item.Direction ?? only) is { } named && point.Has(named), isKnown = known.Contains(item.Assignment.Register);
        if (!hasDirection) work.Findings.Add(row, "direction", "CMH-1702", "consumption or generation, one that the point has.");
        if (!isKnown) work.Findings.Add(row, "register", "CMH-1401", $"The hub has no register '{item.Assignment.Register}'. GET /registers lists them.");
        return hasDirection && isKnown ? new PointRegister((item.Direction ?? only)!.Value, item.Assignment) : null;
    }

    private sealed class Stored
    {
        public long PointId { get; init; }

        public long Direction { get; init; }

        public string Register { get; init; } = "";

        public long Factor { get; init; }

        public long FromDay { get; init; }

        public long? ToDay { get; init; }

        public PointRegister ToRegister() => new((EnergyDirection)Direction, new Assignment(Register, (int)FromDay, (int?)ToDay, (int)Factor));
    }
}
