using AngleSharp.Dom;

namespace CoMaKo.CloudSync.Tests.Hub.Web;

/// <summary>The box above a form that was not taken.</summary>
internal static class FormProblem
{
    /// <summary>Field and code of each mistake. A mistake that names a field by its label must lead to that field on the same page.</summary>
    public static string Of(IDocument page) => string.Join(", ", page.QuerySelectorAll(".fault-box li").Select(item => $"{FieldOf(page, item)} {item.TextContent.Split(": ")[0].Split(' ')[^1]}"));

    private static string FieldOf(IDocument page, IElement item)
    {
        if (item.QuerySelector("a") is not { } link) return item.QuerySelector(".mono")!.TextContent;
        string id = link.GetAttribute("href")![1..];
        var field = page.GetElementById(id);
        Assert.True(field is not null, $"{link.OuterHtml} leads nowhere");
        Assert.Equal((page.QuerySelector($"label[for='{id}']") ?? field.QuerySelector("legend"))!.TextContent.Trim(), link.TextContent);
        return field.GetAttribute("name") ?? id;
    }
}
