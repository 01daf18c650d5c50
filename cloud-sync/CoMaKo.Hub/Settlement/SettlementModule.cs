using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Settlement.Months;
using CoMaKo.Hub.Settlement.Own;
using CoMaKo.Hub.Settlement.Payments;
using CoMaKo.Hub.Settlement.Report;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Settlement.Statements.Evidence;
using CoMaKo.Hub.Settlement.Statements.Pdf;
using CoMaKo.Hub.Settlement.Statements.Prints;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Tracing;
using CoMaKo.Hub.Web.Invoices;
using CoMaKo.Hub.Web.Prints;
using CoMaKo.Hub.Web.Statements;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Settlement;

/// <summary>The context Settlement: runs, reports, balancing and the agent that closes months.</summary>
internal static class SettlementModule
{
    public static void AddSettlement(this IServiceCollection services, AgentRules rules)
    {
        services.AddSettlementParts(rules);
        services.AddSingleton<MonthGaps>().AddSingleton<MonthBook>().AddSingleton<MonthList>().AddSingleton<MonthClosing>().AddSingleton<MonthWork>().AddSingleton<IWorkSource>(all => all.GetRequiredService<MonthWork>());
        services.AddSingleton<StatementReader>().AddSingleton<RunInputs>().AddSingleton<StatementTrace>().AddSingleton<SlotOrigins>().AddSingleton<EvidenceExport>().AddSingleton<PaperPage>().AddSingleton<StatementPrinter>().AddSingleton<IOwnership, StatementOwnership>();
        services.AddSingleton<PartyStore>().AddSingleton<InvoicingRules>().AddSingleton<InvoiceReader>().AddSingleton<InvoiceMaker>().AddSingleton<InvoiceDesk>().AddSingleton<InvoicePrinter>().AddSingleton<IOwnership, InvoiceOwnership>();
        services.AddSingleton<InvoiceWork>().AddSingleton<IWorkSource>(all => all.GetRequiredService<InvoiceWork>()).AddHostedService<InvoiceJob>();
        services.AddSingleton<JobQueue>().AddSingleton<PrintStore>().AddSingleton<PrintJob>().AddHostedService(all => all.GetRequiredService<PrintJob>());
        services.AddSingleton<PaymentStore>().AddSingleton<PaymentWork>().AddSingleton<IWorkSource>(all => all.GetRequiredService<PaymentWork>());
        services.AddSingleton<OwnSettlementData>().AddSingleton<IOwnData>(all => all.GetRequiredService<OwnSettlementData>()).AddSingleton<IErasure>(all => all.GetRequiredService<OwnSettlementData>()).AddSingleton<ICurveNeed>(all => all.GetRequiredService<OwnSettlementData>());
        services.AddSingleton<AgentJob>().AddHostedService(all => all.GetRequiredService<AgentJob>());
    }

    /// <summary>What computes and stores runs, without the nightly job.</summary>
    public static IServiceCollection AddSettlementParts(this IServiceCollection services, AgentRules rules)
    {
        services.AddSingleton<ISettlementInputs, MarketInputs>();
        services.AddSingleton<RunReader>().AddSingleton<RunWriter>().AddSingleton<GroupSettlement>().AddSingleton<Previews>().AddSingleton<ReportReader>().AddSingleton<OwnSettlements>();
        services.AddSingleton<ForecastStore>().AddSingleton<PriceStore>();
        services.AddSingleton(rules).AddSingleton<AgentNotes>().AddSingleton<GroupLeases>().AddSingleton<BalanceGroupAgent>();
        return services;
    }

    public static void MapSettlement(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapSettings();
        endpoints.MapReportEndpoints();
        endpoints.MapRunEndpoints();
        endpoints.MapBalancingEndpoints();
        endpoints.MapStatementEndpoints();
        endpoints.MapStatementPages();
        endpoints.MapStatementArchive();
        endpoints.MapInvoiceEndpoints();
        endpoints.MapInvoicingEndpoints();
        endpoints.MapInvoicePages();
        endpoints.MapPrintEndpoints();
        endpoints.MapPrintPages();
        endpoints.MapPaymentEndpoints();
        endpoints.MapPaymentPages();
    }
}
