using CoMaKo.Hub.Web.Operators.Tables;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>Addresses of the operator's pages; the group that they are mapped in says that they are the operator's.</summary>
internal static class OperatorPages
{
    public static void MapOperatorPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/work", WorkAsync);
        pages.MapMonthPages();
        pages.MapDecisionPages();
        pages.MapTablePages();
        pages.MapParticipantPages();
        pages.MapPointPages();
        pages.MapRegisterPages();
        pages.MapKeyPages();
        pages.MapGroupPages();
        pages.MapImportPages();
    }

    public static IServiceCollection AddOperatorPages(this IServiceCollection services) => services
        .AddSingleton<TableSource, ParticipantTable>().AddSingleton<TableSource, PointTable>().AddSingleton<TableSource, ReadingTable>().AddSingleton<TableSource, AuditTable>().AddSingleton<TableSource, KeyTable>();

    private static async Task WorkAsync(PageWriter page, WorkList work, string? rank, int? from, CancellationToken stop)
    {
        var items = await work.ReadAsync(stop);
        WorkRank? only = Enum.TryParse(rank, ignoreCase: true, out WorkRank named) && Enum.IsDefined(named) ? named : null;
        await page.WriteAsync<WorkPage>(say => say["work.title"], new() { ["Items"] = items, ["Rank"] = only, ["From"] = Math.Max(0, from ?? 0) });
    }
}
