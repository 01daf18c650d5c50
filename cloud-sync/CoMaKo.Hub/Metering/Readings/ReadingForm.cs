using System.Globalization;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>A reading from outside: energy since the one before, or the state of a register.</summary>
/// <param name="Closing">Last state of a meter that is taken away.</param>
/// <param name="Opening">First state of a new meter.</param>
internal sealed record ReadingInput(string MeteringPoint, EnergyDirection? Direction, string Timestamp, Kwh? ConsumptionKwh, Kwh? RegisterKwh, string? PeriodStart, bool? Closing, bool? Opening, string? Replaces);

/// <summary>Reads readings from outside. Codes: CMH-1701 point, 1702 direction, 1727 which value, 3110 not yet.</summary>
internal sealed class ReadingForm(IReadOnlyDictionary<string, PointRow> points, Caller caller, long nowSeconds, FormFindings findings)
{
    private const long MostRegisterWh = 100_000_000_000_000;
    private static readonly long Earliest = NodaTime.Instant.FromUtc(2015, 1, 1, 0, 0).ToUnixTimeSeconds();

    /// <returns>Absent with findings.</returns>
    public NewReading? Read(JsonElement element, int? row)
    {
        if (JsonForm.Open(element, findings, row) is not { } form) return null;
        int before = findings.Count;
        var point = PointOf(form);
        var direction = form.Word<EnergyDirection>("direction");
        long? at = Seconds(form, "timestamp", isRequired: true);
        long? period = form.Energy("consumption_kwh", MostRegisterWh), register = form.Energy("register_kwh", MostRegisterWh);
        if (form.Has("consumption_kwh") == form.Has("register_kwh")) form.Add("consumption_kwh", "CMH-1727", "Either consumption_kwh or register_kwh is expected.");
        long? start = Seconds(form, "period_start", isRequired: false);
        bool isOpening = form.Flag("opening") ?? false;
        if ((form.Flag("closing") ?? false) && isOpening) form.Add("opening", "CMH-1727", "A meter's last and first state are two readings.");
        if (form.Has("period_start") && form.Has("register_kwh")) form.Add("period_start", "CMH-1727", "Only consumption_kwh has a period.");
        long? replaces = ReplacesOf(form);
        form.Close();
        if (point is not null && DirectionOf(form, point, direction) is { } counted && findings.Count == before)
        {
            var kind = period is not null ? ReadingKind.Period : isOpening ? ReadingKind.Opening : ReadingKind.Register;
            return new NewReading(row, point.Name, point.PointId, counted, at!.Value, kind, (period ?? register)!.Value, start, replaces);
        }

        return null;
    }

    /// <summary>What a member does not own is the same as what is not there.</summary>
    private PointRow? PointOf(JsonForm form)
    {
        if (form.Text("metering_point", isRequired: true) is not { } id) return null;
        if (points.TryGetValue(id, out var point) && (caller.Role != Roles.Member || point.Participant == caller.Participant)) return point;
        form.Add("metering_point", "CMH-1701", $"There is no metering point '{id}'.");
        return null;
    }

    private long? Seconds(JsonForm form, string name, bool isRequired)
    {
        if (form.Time(name, isRequired)?.ToUnixTimeSeconds() is not { } seconds) return null;
        if (seconds > nowSeconds) form.Add(name, "CMH-3110", "The instant lies in the future.");
        if (seconds < Earliest) form.Add(name, "CMH-1704", "The hub keeps energy from 2015 on.");
        return seconds;
    }

    private static EnergyDirection? DirectionOf(JsonForm form, PointRow point, EnergyDirection? named)
    {
        var direction = named ?? (point.Directions == PointDirections.Both ? null : (EnergyDirection?)(int)point.Directions);
        if (direction is { } counted && point.Has(counted)) return counted;
        form.Add("direction", "CMH-1702", $"'{point.Name}' needs a direction that it has: consumption or generation.");
        return null;
    }

    private static long? ReplacesOf(JsonForm form)
    {
        if (form.Text("replaces") is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id)) return id;
        form.Add("replaces", "CMH-1723", $"There is no reading '{text}'.");
        return null;
    }
}
