using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market.Files;
using CoMaKo.Hub.Metering.Consumption;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using Microsoft.AspNetCore.Mvc;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>Files of quarter hours and of master data, checked or stored as a whole by the rules of the REST interface.</summary>
internal static class ImportPages
{
    private const long MostBytes = 64 * 1024 * 1024;
    private const string Consumption = "consumption";
    private const int PreviewLines = 6;
    private const int PreviewCharacters = 2000;

    public static void MapImportPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/imports", async (MasterFiles files, PageWriter page, string? kind) => await WriteAsync(files, page, kind ?? Consumption));
        pages.MapPost("/pages/imports", PostAsync).WithMetadata(new RequestSizeLimitAttribute(MostBytes)).WithFreshSignIn();
    }

    private static async Task PostAsync(HttpContext context, MasterFiles files, ConsumptionIntake intake, WorkList work, PageWriter page, Caller caller)
    {
        if (await DecisionPages.FormAsync(context) is not { } form) return;
        string kind = form.Text("kind") ?? "";
        var findings = new FormFindings();
        var csv = CsvForm.Read(new QueryCollection(form.Where(field => field.Key is "charset" or "separator" or "decimal" && field.Value.ToString().Length > 0).ToDictionary(field => field.Key, field => field.Value, StringComparer.Ordinal)), findings);
        var file = form.Files.GetFile("file");
        if (file is null or { Length: 0 }) findings.Add("file", "CMH-1604", "Choose a file.");
        if (kind != Consumption && files.Find(kind) is null) findings.Add("kind", "CMH-1606", "There is no such table.");
        bool isDry = form.Text("then") == "check";
        string? said = null;
        if (!findings.Any) (said, findings) = await TakeAsync(context, files, intake, kind, file!, csv, caller, isDry);
        if (!isDry) work.Forget();
        if (findings.Any) context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await WriteAsync(files, page, kind, form, findings.Any ? PageProblem.Of(findings) : null, findings.Any ? null : said, isDry, file is null ? "" : await PreviewAsync(file, csv.Charset));
    }

    /// <returns>Counts as <c>rows created unchanged corrected</c>, and findings.</returns>
    private static async Task<(string Counts, FormFindings Findings)> TakeAsync(HttpContext context, MasterFiles files, ConsumptionIntake intake, string kind, IFormFile file, CsvForm csv, Caller caller, bool isDry)
    {
        await using var body = file.OpenReadStream();
        if (kind != Consumption)
        {
            var outcome = await files.Find(kind)!.ImportAsync(body, csv, caller, isDry, context.RequestAborted);
            return (FormattableString.Invariant($"{outcome.Rows} {outcome.Created} {outcome.Unchanged} {outcome.Corrected}"), outcome.Findings);
        }

        var findings = new FormFindings();
        var table = await intake.OpenAsync(findings);
        await ConsumptionReader.ReadCsvAsync(body, csv, MarketDay.Zone, table, findings, context.RequestAborted);
        if (findings.Any) return ("", findings);
        var stored = await intake.StoreAsync(table, CurveSource.OperatorImport, caller, isDry);
        return (FormattableString.Invariant($"{table.Rows} {stored.Created} {stored.Unchanged} {stored.Corrected}"), findings);
    }

    private static async Task<string> PreviewAsync(IFormFile file, Encoding charset)
    {
        using var reader = new StreamReader(file.OpenReadStream(), Encoding.GetEncoding(charset.CodePage)); // what cannot be read shows as such
        char[] start = new char[PreviewCharacters];
        int length = await reader.ReadBlockAsync(start);
        return string.Join('\n', new string(start, 0, length).TrimStart('\uFEFF').Split('\n').Take(PreviewLines));
    }

    private static Task WriteAsync(MasterFiles files, PageWriter page, string kind, IFormCollection? typed = null, PageProblem? problem = null, string? counts = null, bool isDry = true, string preview = "")
    {
        var form = new FormModel("/pages/imports", "imports.store",
        [
            new("kind", "imports.kind", FieldKind.Choice, kind, Choices: [(Consumption, "imports.consumption"), .. files.All.Select(file => (file.Name, "imports." + file.Name))]),
            new("file", "imports.file", FieldKind.File, IsRequired: true, Hint: "imports.file.hint"),
            new("charset", "imports.charset", FieldKind.Choice, "", Choices: [("", "UTF-8"), ("windows-1252", "Windows-1252")]),
            new("separator", "imports.separator", FieldKind.Choice, "", Choices: [("", "imports.found"), ("semicolon", ";"), ("comma", ","), ("tab", "Tab")]),
            new("decimal", "imports.decimal", FieldKind.Choice, "", Choices: [("", "imports.found"), ("comma", ","), ("point", ".")]),
        ]);
        return page.WriteAsync<ImportPage>(say => say["nav.imports"], new()
        {
            ["Form"] = typed is null ? form : form.With(typed), ["Problem"] = problem, ["Counts"] = counts, ["IsDry"] = isDry, ["Preview"] = preview,
            ["Columns"] = kind == Consumption ? "metering_point, direction, start, kwh" : string.Join(", ", files.Find(kind)?.Columns.Select(column => column.Name) ?? []), ["Kind"] = kind,
        });
    }
}
