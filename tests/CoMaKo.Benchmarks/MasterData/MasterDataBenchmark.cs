using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.MasterData;

/// <summary>
/// Takes the metering points of 10 000 participants, their participation in a group and its keys into a hub process as CSV, on a file and on a PostgreSQL server: points
/// ≤ 30 s, resident memory &lt; 256 MB at its highest; then out again, which must be the same bytes, and in again, which must change nothing. Argument: points.
/// </summary>
internal static class MasterDataBenchmark
{
    private const double MostSeconds = 30, MostMegabytes = 256;

    public static int Run(string[] arguments) => RunAsync(arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(int points)
    {
        using var server = new PostgresCluster();
        bool isGood = await MeasureAsync("sqlite", null, points);
        isGood &= await MeasureAsync("postgres", server.UrlOf(server.CreateDatabase()), points);
        return isGood ? 0 : 1;
    }

    private static async Task<bool> MeasureAsync(string engine, string? url, int points)
    {
        await using var hub = await HubUnderLoad.StartAsync(url);
        await PostAsync(hub, "balance_groups", "id,name,eic,allows_profiles\nBK1,Group,,false\n");
        bool isGood = true;
        foreach (var (table, file) in Files(points))
        {
            var (seconds, answer) = await PostAsync(hub, table, file);
            var clock = Stopwatch.StartNew();
            bool isSame = await hub.Http.GetStringAsync(new Uri($"/{table}.csv?language=en", UriKind.Relative)) == file;
            double export = clock.Elapsed.TotalSeconds;
            var (again, repeated) = await PostAsync(hub, table, file);
            new Figure($"masterdata.{table}.{engine}", Math.Round(seconds, 2), "s", MostSeconds, Math.Round(seconds / MostSeconds, 3)).Print();
            new Figure($"masterdata.{table}.{engine}.export", Math.Round(export, 2), "s").Print();
            new Figure($"masterdata.{table}.{engine}.repeated", Math.Round(again, 2), "s").Print();
            bool isRight = isSame && answer.Contains($"\"created\":{points},", StringComparison.Ordinal) && repeated.Contains($"\"unchanged\":{points},", StringComparison.Ordinal);
            if (!isRight) Console.Error.WriteLine($"Wrong: {answer} {repeated} same bytes: {isSame}");
            isGood &= isRight && seconds <= MostSeconds;
        }

        double megabytes = hub.PeakMegabytes;
        new Figure($"masterdata.{engine}.memory", Math.Round(megabytes), "MB", MostMegabytes, Math.Round(megabytes / MostMegabytes, 3)).Print();
        return isGood && megabytes < MostMegabytes;
    }

    private static async Task<(double Seconds, string Answer)> PostAsync(HubUnderLoad hub, string table, string file)
    {
        using var body = new StringContent(file, Encoding.UTF8, new MediaTypeHeaderValue("text/csv"));
        var clock = Stopwatch.StartNew();
        using var response = await hub.Http.PostAsync(new Uri($"/{table}", UriKind.Relative), body);
        return (clock.Elapsed.TotalSeconds, await response.Content.ReadAsStringAsync());
    }

    private static IEnumerable<(string Table, string File)> Files(int points)
    {
        string[] ids = [.. Enumerable.Range(0, points).Select(i => i.ToString("00000", CultureInfo.InvariantCulture))];
        yield return ("participants", Of("id,name,kind,customer_number", ids.Select(id => $"P{id},Anna Muster {id},person,{id}")));
        yield return ("metering_points", Of(
            "id,participant,direction,market_location,metering_location,metering,profile,annual_kwh,fuse_amperes,peak_kw,latitude,longitude", ids.Select(id => $"ZP{id},P{id},consumption,,,measured,,3500.500,63,,52.5,13.4")));
        yield return ("participations", Of("balance_group,metering_point,from,to", ids.Select(id => $"BK1,ZP{id},2026-01-01,")));
        yield return ("allocation_keys", Of("balance_group,from,allocation,metering_point,weight", ids.Select((id, i) => $"BK1,2026-01-01,static,ZP{id},{1_000_000 / points + (i < 1_000_000 % points ? 1 : 0)}")));
    }

    private static string Of(string header, IEnumerable<string> rows) => header + "\n" + string.Join('\n', rows) + "\n";
}
