using CoMaKo.Hub.Access;

namespace CoMaKo.Hub.Web.Pages;

/// <summary>Where somebody begins, by role.</summary>
internal static class StartPage
{
    public const string Fleet = "/pages/fleet";
    public const string SignIn = "/pages/sign_in";

    private const string Own = "/pages/my";
    private const string Work = "/pages/work";

    /// <summary>The first page for the role that this hub has.</summary>
    public static string Of(Caller caller, EndpointDataSource all)
    {
        string[] pages = caller.Role switch { Roles.Anonymous => [SignIn], Roles.Member => [Own, SignIn], Roles.Operator => [Work], _ => [Fleet] };
        return pages.First(page => page == pages[^1] || all.Endpoints.OfType<RouteEndpoint>().Any(endpoint => endpoint.RoutePattern.RawText == page));
    }
}
