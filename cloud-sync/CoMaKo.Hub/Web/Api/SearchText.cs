namespace CoMaKo.Hub.Web.Api;

/// <summary>What is typed into a search field, as a pattern that both engines understand.</summary>
internal static class SearchText
{
    /// <summary>Anything that contains the text, without regard to case; <c>%</c> and <c>_</c> stand for anything.</summary>
    public static string Like(string text) => $"%{text.ToLowerInvariant()}%";
}
