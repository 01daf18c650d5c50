using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Consumption;

/// <summary>
/// Uploads a CSV file of 500 000 quarter hours to a hub process, on a file and on a PostgreSQL server whose commits are synced, and looks at what the
/// process took: time ≤ 60 s, resident memory &lt; 256 MB at its highest. What was stored is compared with the file. Argument: rows.
/// </summary>
internal static class ConsumptionBenchmark
{
    private const int Points = 100;
    private const double MostSeconds = 60;
    private const double MostMegabytes = 256;

    public static int Run(string[] arguments) => RunAsync(arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 500_000).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(int rows)
    {
        using var server = new PostgresCluster();
        bool isGood = await UploadAsync("sqlite", null, rows);
        isGood &= await UploadAsync("postgres", server.UrlOf(server.CreateDatabase()), rows);
        return isGood ? 0 : 1;
    }

    private static async Task<bool> UploadAsync(string engine, string? url, int rows)
    {
        await using var hub = await HubUnderLoad.StartAsync(url);
        return await MeasureAsync(engine, hub, rows);
    }

    private static async Task<bool> MeasureAsync(string engine, HubUnderLoad hub, int rows)
    {
        var http = hub.Http;
        for (int point = 0; point < Points; point++)
        {
            using var body = new StringContent("""{"participant":"P","direction":"consumption"}""", Encoding.UTF8, "application/json");
            (await http.PutAsync(new Uri(Name(point), UriKind.Relative), body)).EnsureSuccessStatusCode();
        }

        var (file, sumOfFirst) = Csv(rows);
        var (seconds, answer) = await PostAsync(http, file);
        var (again, repeated) = await PostAsync(http, file);
        double megabytes = hub.PeakMegabytes;
        var clock = Stopwatch.StartNew();
        using var curve = JsonDocument.Parse(await http.GetStringAsync(new Uri($"{Name(0)}/load_curve?from=2025-01-01&to=2025-12-31", UriKind.Relative)));
        decimal sum = curve.RootElement.GetProperty("sum_kwh").GetDecimal();
        new Figure($"consumption.csv.{engine}", Math.Round(seconds, 2), "s", MostSeconds, Math.Round(seconds / MostSeconds, 3)).Print();
        new Figure($"consumption.csv.{engine}.repeated", Math.Round(again, 2), "s").Print();
        new Figure($"consumption.csv.{engine}.memory", Math.Round(megabytes), "MB", MostMegabytes, Math.Round(megabytes / MostMegabytes, 3)).Print();
        new Figure($"consumption.csv.{engine}.first_reader", Math.Round(clock.Elapsed.TotalSeconds, 2), "s").Print();
        bool isRight = answer.Contains($"\"created\":{rows},\"unchanged\":0", StringComparison.Ordinal) && repeated.Contains($"\"created\":0,\"unchanged\":{rows}", StringComparison.Ordinal) && sum == sumOfFirst;
        if (!isRight) Console.Error.WriteLine($"Wrong: {answer} {repeated} {sum} instead of {sumOfFirst}");
        return isRight && seconds <= MostSeconds && megabytes < MostMegabytes;
    }

    private static async Task<(double Seconds, string Answer)> PostAsync(HttpClient http, byte[] file)
    {
        using var body = new ByteArrayContent(file);
        body.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        var clock = Stopwatch.StartNew();
        using var response = await http.PostAsync(new Uri("/consumption", UriKind.Relative), body);
        string answer = await response.Content.ReadAsStringAsync();
        return (clock.Elapsed.TotalSeconds, answer);
    }

    /// <summary>Rows by time, then by point, as meter data come; values differ from slot to slot.</summary>
    private static (byte[] File, decimal SumOfFirst) Csv(int rows)
    {
        var text = new StringBuilder("metering_point;direction;start;kwh\n");
        var from = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        decimal sum = 0;
        for (int row = 0; row < rows; row++)
        {
            int wh = (int)(row * 7919L % 2500);
            if (row % Points == 0) sum += wh / 1000m;
            text.Append(CultureInfo.InvariantCulture, $"ZP{row % Points:000};consumption;{from.AddMinutes(15 * (row / Points)):yyyy-MM-ddTHH:mm:ssZ};{wh / 1000},{wh % 1000:000}\n");
        }

        return (Encoding.UTF8.GetBytes(text.ToString()), sum);
    }

    private static string Name(int point) => $"/metering_points/ZP{point.ToString("000", CultureInfo.InvariantCulture)}";
}
