using System.Globalization;
using System.Net;
using CoMaKo.Benchmarks.Settlement;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Host;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.Benchmarks.Pages;

/// <summary>
/// Every page of the hub over HTTP, for an operator and for members, on PostgreSQL with one balance group of 10 000 members and 13 months, twelve of them
/// published, with their payments, and readings, anomalies and disputes of people. Time from the request to the last byte, one reader at a time; weight of a first load with style sheets and scripts. Exit code 1 where a page
/// misses its bound. Each page is read as often before, so that what counts is a hub in operation, not one that has just started. Arguments: members, months,
/// and a folder that keeps the database for the next run (making 10 000 x 13 takes minutes).
/// </summary>
internal static class PagesBenchmark
{
    private const int Rounds = 40;

    /// <summary>Rounds over all pages before those that count: a hub runs for weeks, and code is compiled for good after some thirty calls.</summary>
    private const int WarmUp = 40;

    private const double MostMilliseconds = 150;
    private const double MostKilobytes = 150;
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 11, 0, 0, TimeSpan.Zero);

    public static async Task<int> RunAsync(string[] arguments)
    {
        int members = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        int months = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 13;
        var clock = new ModelTimeProvider(Now, 1, TimeProvider.System.GetUtcNow());
        using var server = new PostgresCluster(arguments.Length > 2 ? arguments[2] : null);
        var address = await PagesSeed.DatabaseAsync(server, clock, members, months);
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
            people.Add(new Reader(await SignInAsync(hub.Services, new InvitationWish(Person.NormaliseName(name)!, Roles.Member, name, null, null)), name, FormattableString.Invariant($"ZP{member:00000}"), StoredMonth.DirectionsOf(member) == PointDirections.Generation ? "generation" : "consumption", statements[name]));
        }

        var pages = PageAddresses.Of(hub.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()).SelectMany(page => new[] { Roles.Operator, Roles.Member }.Where(role => page.Roles.HasFlag(role)), (page, role) => (page, role)).ToList();
        var operators = people.Select(reader => reader with { Session = operatorSession }).ToList();
        foreach (var (page, role) in pages)
            for (int round = 0; round < WarmUp; round++) (await FetchAsync(http, page, role, (role == Roles.Operator ? operators : people)[round], round)).Answer.Dispose();
        bool holds = true;
        var assets = new AssetWeights(http);
        foreach (var (page, role) in pages) holds &= await MeasureAsync(http, assets, page, role, role == Roles.Operator ? operators : people);
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

    private static async Task<bool> MeasureAsync(HttpClient http, AssetWeights assets, PageAddress page, Roles role, IReadOnlyList<Reader> readers)
    {
        var times = new List<double>();
        double heaviest = 0;
        for (int round = 0; round < readers.Count; round++)
        {
            var (answer, body, took) = await FetchAsync(http, page, role, readers[round], round);
            using var sent = answer;
            if (!answer.IsSuccessStatusCode)
            {
                if ((int)answer.StatusCode is not ((>= 300 and < 400) or 404)) throw new InvalidOperationException($"{answer.RequestMessage!.RequestUri} answered {(int)answer.StatusCode} to {role}.");
                Console.Error.WriteLine($"{page.Pattern}: {(answer.StatusCode == HttpStatusCode.NotFound ? "this hub has nothing to show there" : $"leads on to {answer.Headers.Location}")}.");
                return true;
            }

            times.Add(took);
            heaviest = Math.Max(heaviest, (body.Length + await assets.OfAsync(body)) / 1000.0);
        }

        times.Sort();
        double p95 = times[(int)Math.Ceiling(0.95 * times.Count) - 1];
        string name = $"pages.{role.ToString().ToLowerInvariant()} {page.Pattern}";
        new Figure(name, Math.Round(p95, 1), "ms p95", MostMilliseconds, Math.Round(p95 / MostMilliseconds, 2)).Print();
        if (heaviest >= MostKilobytes / 2) new Figure(name, Math.Round(heaviest, 1), "kB first load", MostKilobytes, Math.Round(heaviest / MostKilobytes, 2)).Print();
        return p95 <= MostMilliseconds && heaviest <= MostKilobytes;
    }

    private static async Task<(HttpResponseMessage Answer, byte[] Body, double Milliseconds)> FetchAsync(HttpClient http, PageAddress page, Roles role, Reader reader, int round)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, page.For(reader, role, round));
        request.Headers.Add("Cookie", $"session={reader.Session}");
        request.Headers.Add("Accept-Language", "de");
        long started = TimeProvider.System.GetTimestamp();
        var answer = await http.SendAsync(request);
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        return (answer, body, TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
    }
}

/// <summary>Who reads.</summary>
/// <param name="Session">Secret of the cookie.</param>
/// <param name="Direction">One that the point has.</param>
/// <param name="Statement">Number of the participant's statement of <see cref="PageAddress.StatementMonth"/>.</param>
internal sealed record Reader(string Session, string Participant, string Point, string Direction, string Statement);
