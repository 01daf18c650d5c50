using CoMaKo.Edge.Diagnostics.Views;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Who may see which page; asked by the page's address and by its live stream alike.</summary>
internal static class PageRules
{
    public static AccessRule Of(PageKind page) => page switch
    {
        PageKind.FirstBoot or PageKind.SignIn or PageKind.Refused or PageKind.NotFound => AccessRule.Anybody,
        PageKind.Confirm or PageKind.Account => AccessRule.Account,
        PageKind.Users => AccessRule.OperatorPage,
        PageKind.WriteTest => AccessRule.Installer,
        _ => AccessRule.Values,
    };
}
