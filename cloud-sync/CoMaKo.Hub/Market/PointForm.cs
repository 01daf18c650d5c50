using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Market;

/// <summary>Whether a point has quarter hours of its own.</summary>
internal enum PointMetering
{
    Measured,
    Profile,
}

/// <summary>A metering point in the REST interface; what <c>GET</c> answers may be <c>PUT</c> again.</summary>
internal sealed record PointDocument(
    string Id, string Participant, PointDirections Direction, string? MarketLocation, string? MeteringLocation, PointMetering Metering, string? Profile,
    Kwh? AnnualKwh, long? FuseAmperes, Fixed3? PeakKw, Fixed6? Latitude, Fixed6? Longitude)
{
    public static PointDocument Of(PointRow point) => new(
        point.Name, point.Participant, point.Directions, point.MarketLocation, point.MeteringLocation, point.IsProfile ? PointMetering.Profile : PointMetering.Measured, point.Profile,
        Kwh.Of(point.AnnualWh), point.FuseAmperes, Fixed3.Of(point.PeakWatts), Fixed6.Of(point.LatitudeMicro), Fixed6.Of(point.LongitudeMicro));
}

/// <summary>Reads a metering point from outside. Codes: CMH-1653 market location, 1654 metering location, 1664 profile.</summary>
internal static class PointForm
{
    private const long MostAnnualWh = 1_000_000_000_000;

    /// <returns>The point, without identity; of no use if there are findings.</returns>
    public static PointRow Read(JsonForm form, string id, FormFindings findings)
    {
        if (!JsonForm.IsId(id)) form.Add("id", "CMH-1606", JsonForm.IdForm);
        if (form.Text("id") is { } own && own != id) form.Add("id", "CMH-1606", "The id is another one than the path's.");
        var point = new PointRow(
            0, id, form.Text("participant", isRequired: true) ?? "", form.Word<PointDirections>("direction", isRequired: true) ?? PointDirections.Both,
            Checked(form, "market_location", "CMH-1653", MarketLocationId.Parse), Checked(form, "metering_location", "CMH-1654", MeteringLocationId.Parse),
            form.Word<PointMetering>("metering") == PointMetering.Profile, form.Id("profile"), form.Energy("annual_kwh", MostAnnualWh),
            form.Number("fuse_amperes", 0, 1, 10_000), form.Number("peak_kw", 3, 1, 1_000_000_000), form.Number("latitude", 6, -90_000_000, 90_000_000), form.Number("longitude", 6, -180_000_000, 180_000_000), 0);
        if (point.LatitudeMicro is null != point.LongitudeMicro is null) form.Add("latitude", "CMH-1604", "Latitude and longitude come together.");
        if (point is { IsProfile: true, Profile: null } && !findings.Any) form.Add("profile", "CMH-1664", "A point without a quarter-hour meter names the profile that splits its sums, e.g. H25.");
        form.Close();
        return point;
    }

    private static string? Checked<T>(JsonForm form, string name, string code, Func<string, ParseResult<T>> parse)
    {
        if (form.Text(name) is not { } text) return null;
        var parsed = parse(text);
        if (!parsed.Success) form.Add(name, code, $"{parsed.Error.Text} ({parsed.Error.Code})");
        return parsed.Success ? text : null;
    }
}
