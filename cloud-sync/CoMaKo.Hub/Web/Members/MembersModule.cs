namespace CoMaKo.Hub.Web.Members;

/// <summary>Parts of the member's pages.</summary>
internal static class MembersModule
{
    public static void AddMemberPages(this IServiceCollection services) => services.AddSingleton<MemberReader>().AddSingleton<OwnCurves>().AddSingleton<DayReader>();
}
