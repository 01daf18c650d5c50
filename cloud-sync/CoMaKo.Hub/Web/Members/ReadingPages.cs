using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Web.Members;

/// <summary>What the page of readings shows beside the readings.</summary>
/// <param name="Entry">What was typed, to be corrected or confirmed.</param>
/// <param name="Meaning">What it would mean; absent if it has findings.</param>
/// <param name="Done">The reading that was just stored.</param>
internal sealed record ReadingDialog(ReadingEntry? Entry, FormFindings Findings, ReadingMeaning? Meaning, OwnReading? Done, ReadingMeaning? DoneMeaning);

/// <summary>Readings of a member: the form, what it means, and what was read before.</summary>
internal static class ReadingPages
{
    private const string Address = "/pages/my/readings";
    private const int MostPoints = 1000;
    private const int MostShown = 100;

    public static void MapReadingPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().ForMembers("");
        pages.MapGet(Address, GetAsync);
        pages.MapPost(Address, PostAsync).DisableAntiforgery();
    }

    private static async Task GetAsync(HttpContext context, PageWriter page, MemberReader members, HubDatabase database, Caller caller, string? done, string? correct)
    {
        if (await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        await using var reader = await database.OpenReaderAsync();
        long[] points = [.. member.Points.Select(point => point.PointId)];
        var stored = IdOf(done) is { } id ? await OwnReadings.FindAsync(reader, database.Engine, points, id) : null;
        var meaning = stored is null ? null : await MeaningAsync(reader, member, new NewReading(null, "", stored.PointId, stored.Direction, stored.At, stored.Kind, stored.Wh, stored.PeriodStart, stored.ReadingId));
        var entry = IdOf(correct) is { } old && await OwnReadings.FindAsync(reader, database.Engine, points, old) is { } wrong ? EntryOf(member, wrong) : null;
        await WriteAsync(page, database, member, new ReadingDialog(entry, new FormFindings(), null, stored, meaning));
    }

    private static async Task PostAsync(HttpContext context, PageWriter page, MemberReader members, HubDatabase database, ReadingStore store, TimeProvider clock, Caller caller)
    {
        if (!context.Request.HasFormContentType || await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (entry, findings) = (ReadingEntry.Of(form), new FormFindings());
        if (form["again"] == "yes")
        {
            await WriteAsync(page, database, member, new ReadingDialog(entry, findings, null, null, null));
            return;
        }

        IReadOnlyDictionary<string, PointRow> points;
        await using (var reader = await database.OpenReaderAsync()) points = (await PointReader.AfterAsync(reader, "", MostPoints, member.Participant)).ToDictionary(point => point.Name, StringComparer.Ordinal);
        if (entry.Read(points, caller, clock.UnixMicroseconds() / 1_000_000, findings) is { } reading && !findings.Any)
        {
            ReadingMeaning meaning;
            await using (var reader = await database.OpenReaderAsync())
            {
                meaning = await MeaningAsync(reader, member, reading);
                if (entry.IsConfirmed && meaning.Doubts.Any(doubt => doubt.Kind == DoubtKind.Other)) reading = reading with { Replaces = await SameAsync(reader, reading) };
            }

            if (meaning.Doubts.Count > 0 && !entry.IsConfirmed)
            {
                await WriteAsync(page, database, member, new ReadingDialog(entry, findings, meaning, null, null));
                return;
            }

            var outcome = await store.AddAsync([reading], points.Values.ToDictionary(point => point.PointId, point => point.Profile), ReadingOrigin.Form, caller, findings);
            if (!findings.Any)
            {
                await new SeeOther(MemberReader.AddressIn(context, Address) is var address && address.Contains('?', StringComparison.Ordinal) ? $"{address}&done={outcome.Ids[0]}" : $"{Address}?done={outcome.Ids[0]}").ExecuteAsync(context);
                return;
            }
        }

        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await WriteAsync(page, database, member, new ReadingDialog(entry, findings, null, null, null));
    }

    private static async Task WriteAsync(PageWriter page, HubDatabase database, MemberView member, ReadingDialog dialog)
    {
        await using var reader = await database.OpenReaderAsync();
        var readings = await OwnReadings.OfAsync(reader, database.Engine, [.. member.Points.Select(point => point.PointId)], MostShown);
        await page.WriteAsync<ReadingsPage>(say => say["members.readings"], new()
        {
            ["Member"] = member, ["Readings"] = readings, ["Entry"] = dialog.Entry, ["Problem"] = dialog.Findings.Any ? PageProblem.Of(dialog.Findings) : null,
            ["Meaning"] = dialog.Meaning, ["Done"] = dialog.Done, ["DoneMeaning"] = dialog.DoneMeaning,
        }, refresh: null);
    }

    private static async Task<ReadingMeaning> MeaningAsync(System.Data.Common.DbConnection reader, MemberView member, NewReading reading) =>
        ReadingMeaning.Of(reading, await OwnReadings.CountingAsync(reader, reading.PointId, reading.Direction), member.Points.First(point => point.PointId == reading.PointId));

    private static async Task<long?> SameAsync(System.Data.Common.DbConnection reader, NewReading reading) =>
        (await OwnReadings.CountingAsync(reader, reading.PointId, reading.Direction)).FirstOrDefault(each => each.At == reading.At && each.Kind == reading.Kind)?.ReadingId;

    /// <summary>A form that corrects a reading: the same instant, another value.</summary>
    private static ReadingEntry? EntryOf(MemberView member, OwnReading reading)
    {
        if (reading.State == ReadingState.Replaced) return null;
        var at = Instant.FromUnixTimeSeconds(reading.At).InZone(MarketDay.Zone).LocalDateTime;
        string point = member.Points.First(each => each.PointId == reading.PointId).Name;
        return new ReadingEntry($"{point}/{(reading.Direction == EnergyDirection.Consumption ? "consumption" : "generation")}", reading.Kind == ReadingKind.Period ? "consumption" : "register",
            (reading.Wh / 1000m).ToString("0.0##", CultureInfo.InvariantCulture), at.Date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture), at.TimeOfDay.ToString("HH:mm", CultureInfo.InvariantCulture),
            reading.ReadingId.ToString(CultureInfo.InvariantCulture), false);
    }

    private static long? IdOf(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : null;
}
