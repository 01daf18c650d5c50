using System.Globalization;
using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Metering.Readings.Uploads;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using Microsoft.AspNetCore.Mvc;
using NodaTime;

namespace CoMaKo.Hub.Web.Members;

/// <summary>Readings as a file: template, upload, what it would store, and how far it is.</summary>
internal static class UploadPages
{
    private const string Address = "/pages/my/readings/upload";
    private const int MostShownFindings = 100;

    public static void MapUploadPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().ForMembers("");
        pages.MapGet(Address, async (HttpContext context, PageWriter page, MemberReader members, Caller caller) => await StartAsync(context, page, members, caller, null));
        pages.MapPost(Address, PostAsync).DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(UploadStore.MostBytes + 64 * 1024));
        pages.MapGet(Address + "/{id}", GetAsync);
        pages.MapPost(Address + "/{id}", GoOnAsync).DisableAntiforgery();
        pages.MapGet("/pages/my/readings/template.csv", TemplateAsync);
    }

    private static async Task StartAsync(HttpContext context, PageWriter page, MemberReader members, Caller caller, PageProblem? problem)
    {
        if (await members.FindAsync(caller, context.Request) is not { } member) await page.WriteNotFoundAsync();
        else await page.WriteAsync<UploadStartPage>(say => say["members.upload"], new() { ["Member"] = member, ["Problem"] = problem }, refresh: null);
    }

    private static async Task PostAsync(HttpContext context, PageWriter page, MemberReader members, UploadStore uploads, Caller caller)
    {
        if (!context.Request.HasFormContentType || await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var file = (await context.Request.ReadFormAsync(context.RequestAborted)).Files.GetFile("file");
        if (file is null || file.Length is 0 or > UploadStore.MostBytes)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            var findings = new FormFindings();
            findings.Add("file", file?.Length > UploadStore.MostBytes ? "CMH-1613" : "CMH-1782", "Choose a file with readings, of at most 2 MB.");
            await StartAsync(context, page, members, caller, PageProblem.Of(findings));
            return;
        }

        using var content = new MemoryStream((int)file.Length);
        await file.CopyToAsync(content, context.RequestAborted);
        long id = await uploads.AddAsync(member.Participant, content.ToArray(), UploadMapping.Propose(content.ToArray(), member.Points), caller);
        await new SeeOther(MemberReader.AddressIn(context, FormattableString.Invariant($"{Address}/{id}"))).ExecuteAsync(context);
    }

    private static async Task GetAsync(HttpContext context, PageWriter page, MemberReader members, UploadStore uploads, Caller caller, string id)
    {
        if (await FindAsync(context, members, uploads, caller, id) is not { } upload)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var (content, outcome, findings) = upload.State == UploadState.Proposed ? await uploads.CheckAsync(upload) : (null, null, new FormFindings());
        if (upload.State == UploadState.Running) context.Response.Headers["Refresh"] = "1"; // works without script
        await page.WriteAsync<UploadPage>(say => say["members.upload"], new()
        {
            ["Upload"] = upload, ["Head"] = content?.Head ?? [], ["Rows"] = content?.Rows ?? upload.RowsAll, ["New"] = outcome?.Created, ["Known"] = outcome?.Unchanged, ["FindingCount"] = upload.State == UploadState.Proposed ? findings.Count : upload.Findings.Count,
            ["Preview"] = content?.Readings.Take(5).Select(reading => (reading.Point, Instant.FromUnixTimeSeconds(reading.At), reading.Wh)).ToList() ?? [],
            ["Findings"] = upload.State == UploadState.Proposed ? findings.Told.Take(MostShownFindings).Select(finding => new UploadFinding(finding.Row, finding.Field, finding.Code, finding.Text)).ToList() : upload.Findings,
        }, refresh: null);
    }

    private static async Task GoOnAsync(HttpContext context, PageWriter page, MemberReader members, UploadStore uploads, UploadJob job, Caller caller, string id)
    {
        if (!context.Request.HasFormContentType || await FindAsync(context, members, uploads, caller, id) is not { } upload)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        bool takesOver = form["action"] == "store";
        await uploads.SetAsync(upload.UploadId, MappingOf(form, upload.Mapping), takesOver ? UploadState.Running : UploadState.Proposed);
        if (takesOver && upload.State == UploadState.Proposed) job.Begin(upload.UploadId);
        await new SeeOther(MemberReader.AddressIn(context, FormattableString.Invariant($"{Address}/{upload.UploadId}"))).ExecuteAsync(context);
    }

    private static UploadMapping MappingOf(IFormCollection form, UploadMapping before)
    {
        return before with
        {
            Charset = form["charset"] == "windows-1252" ? "windows-1252" : form["charset"] == "utf-8" ? "utf-8" : before.Charset,
            Separator = form["separator"].ToString() switch { "semicolon" => ';', "comma" => ',', "tab" => '\t', _ => before.Separator },
            Decimal = form["decimal"].ToString() switch { "comma" => ',', "point" => '.', _ => before.Decimal },
            Time = Column("time", before.Time), Value = Column("value", before.Value), Point = Column("point", before.Point), Direction = Column("direction", before.Direction),
            IsConsumption = form["kind"].ToString() switch { "consumption" => true, "register" => false, _ => before.IsConsumption },
        };

        int Column(string name, int otherwise) => int.TryParse(form[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int column) && column is >= -1 and < 100 ? column : otherwise;
    }

    private static async Task<Upload?> FindAsync(HttpContext context, MemberReader members, UploadStore uploads, Caller caller, string id) =>
        await members.FindAsync(caller, context.Request) is { } member && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? await uploads.FindAsync(number, member.Participant) : null;

    private static async Task TemplateAsync(HttpContext context, PageWriter page, MemberReader members, TimeProvider clock, Caller caller)
    {
        if (await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        bool isGerman = BarCsv.Say(context).Language == "de";
        var text = new StringBuilder(isGerman ? "zaehlpunkt;zeitpunkt;stand\r\n" : "metering_point,time,register_kwh\r\n");
        string day = clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        foreach (var point in member.Points.DefaultIfEmpty()) text.Append(CultureInfo.InvariantCulture, $"{point?.Name ?? "ZP001"}{(isGerman ? ';' : ',')}{day} 00:00{(isGerman ? ";12345,6" : ",12345.6")}\r\n");
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"comako-readings.csv\"";
        await context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }
}
