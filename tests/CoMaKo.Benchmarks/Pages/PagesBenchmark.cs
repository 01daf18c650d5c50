using System.Globalization;
using System.Net;
using CoMaKo.Benchmarks.Settlement;
using CoMaKo.Hub;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Host;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace CoMaKo.Benchmarks.Pages;

/// <summary>
/// Every page of the hub over HTTP, for an operator and for members, on PostgreSQL with one balance group of 10 000 members and 13 months, twelve of them
/// published. Time from the request to the last byte, one reader at a time; weight of a first load with style sheets and scripts. Exit code 1 where a page
/// misses its bound. Arguments: members, months.
/// </summary>
internal static class PagesBenchmark
{
    private const int Rounds = 40;
    private const double MostMilliseconds = 150;
    private const double MostKilobytes = 150;
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 11, 0, 0, TimeSpan.Zero);

    public static async Task<int> RunAsync(string[] arguments)
    {
        int members = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        int months = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 13;
        var clock = new ModelTimeProvider(Now, 1, TimeProvider.System.GetUtcNow());
        using var server = new PostgresCluster();
        var address = DatabaseAddress.Parse(server.UrlOf(server.CreateDatabase())).Value!;
        using (var database = HubSchema.Open(address)) await SeedAsync(database, clock, members, months);
        var folder = Directory.CreateTempSubdirectory("comako-benchmark-");
        try
        {
            await using var hub = HubHost.Build(new HubOptions(folder.FullName, 0, 0, IsLoopback: true, null, null, address, new RequestRates(1_000_000, 1_000_000, 1_000_000, 1_000_000)), clock);
            await hub.StartAsync();
            bool holds = await MeasureAsync(hub, members);
            await hub.StopAsync();
            return holds ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task SeedAsync(HubDatabase database, TimeProvider clock, int members, int months)
    {
        var today = new LocalDate(2026, 11, 20);
        var first = new LocalDate(2026, 11, 1).PlusMonths(1 - months);
        int days = Period.DaysBetween(first, today), done = 0;
        await StoredMonth.WriteAsync(database, members, first, today, () => Tell($"day {++done} of {days} stored"));
        var inputs = new MarketInputs(database, new PointCurves(database, new LoadCurves(database, clock), clock), clock);
        var prices = new PriceStore(database, clock);
        var agent = new BalanceGroupAgent(
            inputs, new GroupSettlement(inputs, new ForecastStore(database, clock), prices), new RunReader(database), new RunWriter(database, clock, new EventOutbox(hasBroker: false)),
            prices, new AgentNotes(database), clock, AgentRules.Default);
        for (var month = RunMonth.Of(first); month <= RunMonth.Of(today); month = month.PlusMonths(1))
        {
            var outcome = await new GroupLeases(database).HoldAsync(StoredMonth.Group, (lease, _) => agent.SettleAsync(lease, StoredMonth.Group, month));
            Tell($"{month}: {outcome}");
        }

        await database.WriteAsync(async tx => { await tx.ExecuteAsync("ANALYZE mkt_run, mkt_run_point, mkt_run_day, mkt_run_sum, mkt_line, mkt_statement"); });
        Console.Error.WriteLine();
    }

    private static async Task<bool> MeasureAsync(WebApplication hub, int members)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(hub.Urls.First()), Timeout = TimeSpan.FromMinutes(2) };
        string operatorSession = await SignInAsync(hub.Services, new InvitationWish("board", Roles.Operator, null, null, null));
        var statements = await StatementsAsync(hub.Services.GetRequiredService<HubDatabase>());
        var people = new List<Reader>();
        for (int i = 0; i < Rounds; i++)
        {
            int member = 1 + i * (members - 1) / (Rounds - 1);
            string name = FormattableString.Invariant($"M{member:00000}");
            people.Add(new Reader(await SignInAsync(hub.Services, new InvitationWish(Person.NormaliseName(name)!, Roles.Member, name, null, null)), name, FormattableString.Invariant($"ZP{member:00000}"), statements[name]));
        }

        bool holds = true;
        var assets = new AssetWeights(http);
        foreach (var page in PageAddresses.Of(hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()))
        {
            if (page.Roles.HasFlag(Roles.Operator)) holds &= await MeasureAsync(http, assets, page, "operator", people.Select(reader => reader with { Session = operatorSession }));
            if (page.Roles.HasFlag(Roles.Member)) holds &= await MeasureAsync(http, assets, page, "member", people);
        }

        return holds;
    }

    private static async Task<Dictionary<string, string>> StatementsAsync(HubDatabase database)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<(string Participant, string Number)>(
            $"SELECT participant, number FROM mkt_statement WHERE number LIKE '{PageAddress.StatementMonth}.%'")).ToDictionary(row => row.Participant, row => row.Number, StringComparer.Ordinal);
    }

    /// <summary>Somebody who is signed in already: how they get in costs time on purpose and is no page's.</summary>
    private static async Task<string> SignInAsync(IServiceProvider services, InvitationWish wish)
    {
        var invitation = (await services.GetRequiredService<Invitations>().CreateAsync(wish, "benchmark"))!;
        return await services.GetRequiredService<HubDatabase>().WriteAsync(tx => services.GetRequiredService<PersonSessions>().BeginAsync(tx, invitation.Person, SessionStage.Full, "", "benchmark"));
    }

    private static async Task<bool> MeasureAsync(HttpClient http, AssetWeights assets, PageAddress page, string role, IEnumerable<Reader> readers)
    {
        var times = new List<double>();
        double heaviest = 0;
        int round = 0;
        foreach (var reader in readers)
        {
            string address = page.For(reader, round++);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Add("Cookie", $"session={reader.Session}");
            request.Headers.Add("Accept-Language", "de");
            long started = TimeProvider.System.GetTimestamp();
            using var answer = await http.SendAsync(request);
            byte[] body = await answer.Content.ReadAsByteArrayAsync();
            double took = TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
            if ((int)answer.StatusCode is >= 300 and < 400) return true; // no page for this reader: it leads on
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                Console.Error.WriteLine($"{page.Pattern}: this hub has nothing to show there.");
                return true;
            }

            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{address} answered {(int)answer.StatusCode} to {role}.");
            if (round > 3) times.Add(took); // the first ones compile
            heaviest = Math.Max(heaviest, (body.Length + await assets.OfAsync(body)) / 1000.0);
        }

        times.Sort();
        double p95 = times[(int)Math.Ceiling(0.95 * times.Count) - 1];
        string name = $"pages.{role} {page.Pattern}";
        new Figure(name, Math.Round(p95, 1), "ms p95", MostMilliseconds, Math.Round(p95 / MostMilliseconds, 2)).Print();
        if (heaviest >= MostKilobytes / 2) new Figure(name, Math.Round(heaviest, 1), "kB first load", MostKilobytes, Math.Round(heaviest / MostKilobytes, 2)).Print();
        return p95 <= MostMilliseconds && heaviest <= MostKilobytes;
    }

    private static void Tell(string progress)
    {
        if (!Console.IsErrorRedirected) Console.Error.Write($"\r{progress}        ");
    }
}

/// <summary>Who reads.</summary>
/// <param name="Session">Secret of the cookie.</param>
/// <param name="Statement">Number of the participant's statement of <see cref="PageAddress.StatementMonth"/>.</param>
internal sealed record Reader(string Session, string Participant, string Point, string Statement);
