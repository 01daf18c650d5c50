using CoMaKo.Benchmarks.Balancing;
using CoMaKo.Benchmarks.Consumption;
using CoMaKo.Benchmarks.Cycle;
using CoMaKo.Benchmarks.Dispatch;
using CoMaKo.Benchmarks.Gateway;
using CoMaKo.Benchmarks.Ingest;
using CoMaKo.Benchmarks.MasterData;
using CoMaKo.Benchmarks.Mqtt;
using CoMaKo.Benchmarks.Pages;
using CoMaKo.Benchmarks.Settlement;
using CoMaKo.Benchmarks.Plan;
using CoMaKo.Benchmarks.Reconnect;
using CoMaKo.Benchmarks.Sml;
using CoMaKo.Benchmarks.Statements;
using CoMaKo.Benchmarks.Store;

// Each benchmark prints one JSON line per figure. New ones are added here.
var benchmarks = new Dictionary<string, Func<string[], int>>(StringComparer.Ordinal)
{
    ["balancing"] = BalancingBenchmark.Run,
    ["consumption"] = ConsumptionBenchmark.Run,
    ["cycle"] = CycleBenchmark.Run,
    ["dispatch"] = DispatchBenchmark.Run,
    ["gateway"] = GatewayBenchmark.Run,
    ["ingest"] = IngestBenchmark.Run,
    ["masterdata"] = MasterDataBenchmark.Run,
    ["mqtt"] = MqttBenchmark.Run,
    ["month"] = arguments => PostgresSettlementBenchmark.RunAsync(arguments).GetAwaiter().GetResult(),
    ["settlement"] = SettlementBenchmark.Run,
    ["pages"] = arguments => PagesBenchmark.RunAsync(arguments).GetAwaiter().GetResult(),
    ["plan"] = PlanBenchmark.Run,
    ["reconnect"] = ReconnectBenchmark.Run,
    ["sml"] = SmlBenchmark.Run,
    ["store"] = StoreBenchmark.Run,
    ["verify"] = VerifyBenchmark.Run,
};
if (args.Length > 0 && benchmarks.TryGetValue(args[0], out var benchmark)) return benchmark(args[1..]);
Console.Error.WriteLine($"Usage: dotnet run -c Release --project tests/CoMaKo.Benchmarks -- {string.Join('|', benchmarks.Keys)}");
Console.Error.WriteLine("pages [MEMBERS MONTHS [FOLDER]]: the folder keeps the database of so many members and months for the next run; without it each run makes its own.");
return 2;
