using CoMaKo.Hub.Web.Api;
using Microsoft.AspNetCore.Mvc;

namespace CoMaKo.Hub.Web.Parts;

/// <summary>Why a form was not taken, as its page tells it.</summary>
/// <param name="Text">English, as the REST interface says it; the page says it in the reader's language where it has words for the code.</param>
/// <param name="Findings">Row, field, code and text of each mistake.</param>
public sealed record PageProblem(int Status, string Code, string Text, IReadOnlyList<(int? Row, string Field, string Code, string Text)> Findings)
{
    /// <summary>What the REST interface would have answered.</summary>
    internal static PageProblem Of(IResult refusal)
    {
        int status = (refusal as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status400BadRequest;
        if (refusal is not IValueHttpResult<ProblemDetails> { Value: { } problem }) return new PageProblem(status, "", "", []);
        var findings = problem.Extensions.TryGetValue("findings", out object? told) && told is IEnumerable<FormFinding> list ? list : [];
        return new PageProblem(status, problem.Extensions["code"] as string ?? "", problem.Detail ?? problem.Title ?? "", [.. findings.Select(each => (each.Row, each.Field, each.Code, each.Text))]);
    }

    /// <summary>Mistakes of a form that has no answer over REST.</summary>
    internal static PageProblem Of(IReadOnlyList<FormFinding> findings) => new(StatusCodes.Status422UnprocessableEntity, "CMH-1611", "", [.. findings.Select(each => (each.Row, each.Field, each.Code, each.Text))]);

    internal static PageProblem Of(FormFindings findings) => Of(findings.ToProblem());

    /// <summary>The first mistake of a field, or of an entry of it.</summary>
    internal (int? Row, string Field, string Code, string Text)? In(string field) =>
        Findings.Where(each => each.Row is null && each.Field.Split('.', '[')[0] == field).Select(each => ((int?, string, string, string)?)each).FirstOrDefault();
}
