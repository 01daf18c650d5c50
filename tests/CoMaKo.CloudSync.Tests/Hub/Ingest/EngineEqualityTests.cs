using CoMaKo.Hub.Metering;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Dapper;
using NodaTime;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;
using RegisterSegment = CoMaKo.Quantities.RegisterSegment;
using RegisterTotal = CoMaKo.Quantities.RegisterTotal;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

/// <summary>
/// The file engine takes a batch row by row, a server takes it as arrays: two programs for one rule. The same random calls must give the same
/// answers and leave the same rows, whatever repeats, contradicts itself, comes late or is damaged.
/// </summary>
public sealed class EngineEqualityTests
{
    private static readonly int Seeds = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 400 : 12;

    private static readonly string[] Tables =
    [
        "SELECT g.name || ' ' || e.epoch || ' ' || base_sequence || ' ' || acked_sequence FROM ing_epoch e JOIN ing_gateway g ON g.gateway_id = e.gateway_id",
        "SELECT name || ' ' || coalesce(current_epoch, 0) || ' ' || last_contact_us || ' ' || coalesce(building_name, '-') FROM ing_gateway",
        "SELECT g.name || ' ' || b.epoch || ' ' || from_sequence || ' ' || to_sequence || ' ' || coalesce(least_slot_end_s, 0) || ' ' || coalesce(greatest_slot_end_s, 0) || ' ' || received_us FROM ing_batch b JOIN ing_gateway g ON g.gateway_id = b.gateway_id",
        "SELECT g.name || ' ' || p.epoch || ' ' || sequence || ' ' || reason || ' ' || parked_us || ' ' || CASE WHEN record IS NULL THEN '-' ELSE 'bytes' END FROM ing_parked p JOIN ing_gateway g ON g.gateway_id = p.gateway_id",
        "SELECT g.name || ' ' || code || ' ' || subject || ' ' || text || ' ' || at_us FROM ing_note n JOIN ing_gateway g ON g.gateway_id = n.gateway_id",
        "SELECT g.name || ' ' || code || ' ' || at_us || ' ' || b.from_sequence || ' ' || data FROM ing_event e JOIN ing_gateway g ON g.gateway_id = e.gateway_id JOIN ing_batch b ON b.batch_id = e.batch_id",
        "SELECT r.name || ' ' || g.name FROM met_register r JOIN ing_gateway g ON g.gateway_id = r.gateway_id JOIN met_series s ON s.register_id = r.register_id",
        "SELECT r.name || ' ' || segment_us || ' ' || coalesce(opened_us, 0) || ' ' || coalesce(opening_wh, 0) || ' ' || coalesce(open_reason, 0) || ' ' || coalesce(closed_us, 0) || ' ' || coalesce(closing_wh, 0) || ' ' || coalesce(close_reason, 0) || ' ' || role FROM met_segment s JOIN met_register r ON r.register_id = s.register_id",
        "SELECT r.name || ' ' || slot_end || ' ' || segment_us || ' ' || total_wh || ' ' || quality || ' ' || border_offset_ms || ' ' || b.from_sequence FROM met_total t JOIN met_register r ON r.register_id = t.register_id JOIN ing_batch b ON b.batch_id = t.batch_id",
        "SELECT r.name || ' ' || kind || ' ' || segment_us || ' ' || at_us || ' ' || total_wh || ' ' || b.from_sequence || ' ' || found_us FROM met_conflict c JOIN met_register r ON r.register_id = c.register_id JOIN ing_batch b ON b.batch_id = c.batch_id",
        "SELECT r.name || ' ' || day || ' ' || b.from_sequence FROM met_dirty d JOIN met_series s ON s.series_id = d.series_id JOIN met_register r ON r.register_id = s.register_id JOIN ing_batch b ON b.batch_id = d.mark",
    ];

    [RequiresFact(Peer.Postgres)]
    [Trait("Category", "Slow")]
    public async Task Engines_GivenTheSameCalls_AnswerAndKeepTheSame()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            using var file = new TestHub(Engine.Sqlite);
            using var server = new TestHub(Engine.Postgres);
            var answers = new List<string>();
            foreach (var hub in (TestHub[])[file, server]) answers.Add(string.Join('\n', await new RandomCalls(hub, seed).RunAsync()));

            Assert.True(answers[0] == answers[1], $"Seed {seed}: {FirstDifference(answers[0].Split('\n'), answers[1].Split('\n'))}");
            foreach (string table in Tables)
            {
                var (ofFile, ofServer) = (Rows(file, table), Rows(server, table));
                Assert.True(ofFile.SequenceEqual(ofServer), $"Seed {seed}, {table}: {FirstDifference(ofFile, ofServer)}");
            }
        }
    }

    [Fact]
    public async Task RandomCalls_MeetEveryCase() // equal and empty would prove nothing
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int seed = 1; seed <= 12; seed++)
        {
            using var hub = new TestHub(Engine.Sqlite);
            await new RandomCalls(hub, seed).RunAsync();
            foreach (string kind in Rows(hub, "SELECT reason FROM ing_parked UNION SELECT code FROM ing_note UNION SELECT kind FROM met_conflict UNION SELECT 'event' FROM ing_event UNION SELECT 'curve' FROM met_curve_day")) seen.Add(kind);
        }

        Assert.Equal(["CMH-1101", "CMH-1201", "CMH-1202", "CMH-1203", "CMH-1204", "CMH-1301", "CMH-1302", "after_end", "begin", "curve", "end", "event", "total"], seen.Order(StringComparer.Ordinal));
    }

    private static List<string> Rows(TestHub hub, string sql)
    {
        using var reader = hub.Database.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        return [.. reader.Query<string>(sql).Order(StringComparer.Ordinal)];
    }

    private static string FirstDifference(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        for (int i = 0; i < Math.Max(one.Count, other.Count); i++)
            if (i >= one.Count || i >= other.Count || one[i] != other[i]) return $"'{(i < one.Count ? one[i] : "nothing")}' and '{(i < other.Count ? other[i] : "nothing")}'";
        return "none";
    }

    /// <summary>Two gateways with few registers, few slots and few values, so that everything happens twice and in every order.</summary>
    private sealed class RandomCalls(TestHub hub, int seed)
    {
        private static readonly Instant Start = Instant.FromUtc(2026, 5, 30, 20, 0);

        private readonly Random random = new(seed);
        private readonly List<string> answers = [];

        public async Task<IReadOnlyList<string>> RunAsync()
        {
            TestGateway[] gateways = [new(hub, "gw-1"), new(hub, "gw-2")];
            var curves = new LoadCurves(hub.Database, hub.Clock);
            foreach (var gateway in gateways) await HelloAsync(gateway);
            for (int step = 0; step < 50; step++)
            {
                var gateway = gateways[random.Next(3) / 2];
                switch (random.Next(14))
                {
                    case 0 or 12 or 13:
                        for (int i = random.Next(3); i > 0; i--) Append(gateway); // what no epoch brought yet
                        gateway.Epoch = (ulong)random.Next(1, 4);
                        if (random.Next(3) > 0) await HelloAsync(gateway);
                        break;
                    case 1:
                        if (gateway.Last > 0) gateway.Damage(random.NextInt64(gateway.Last) + 1);
                        break;
                    case 2:
                        hub.Clock.Advance(TimeSpan.FromMinutes(random.Next(150)));
                        break;
                    case 3:
                        await curves.DeriveMarkedDaysAsync(CancellationToken.None);
                        break;
                    default:
                        for (int i = random.Next(8); i >= 0; i--) Append(gateway);
                        await PushAsync(gateway);
                        break;
                }
            }

            foreach (var register in await curves.ListAsync("", 100))
                foreach (var slot in (await curves.ReadAsync(register, Start.ToUnixTimeSeconds() - 7200, Start.ToUnixTimeSeconds() + 86_400)).Slots)
                    answers.Add($"{register.Name} {register.Role} {register.FirstSlotEnd} {register.LastSlotEnd} {register.LastWh} {slot}");
            return answers;
        }

        private async Task HelloAsync(TestGateway gateway)
        {
            var reply = await gateway.HelloAsync(1 + random.NextInt64(gateway.Last + 1));
            answers.Add($"{gateway.Id} hello {reply}");
        }

        private async Task PushAsync(TestGateway gateway)
        {
            long from = 1 + random.NextInt64(gateway.Last);
            if (random.Next(5) > 0) from = Math.Max(1, Math.Min(gateway.Last, (await gateway.HelloAsync()).Mark.AckedSequence + 1 - random.Next(2)));
            var ack = await gateway.PushAsync(from, random.Next(3) == 0 ? from + random.NextInt64(gateway.Last - from + 1) : gateway.Last);
            answers.Add($"{gateway.Id} push {from} {ack}");
        }

        private void Append(TestGateway gateway)
        {
            var register = new RegisterId($"{random.Next(3):x4}~1-0.1.8.0");
            long segment = random.Next(1, 4);
            var at = Start + Duration.FromMinutes(random.Next(40) * 5);
            long slotEnd = Start.ToUnixTimeSeconds() + (900 * random.Next(14));
            switch (random.Next(20))
            {
                case 0 or 1:
                    gateway.Append(Border(register, segment, isEnd: false, at));
                    break;
                case 2 or 3:
                    gateway.Append(Border(register, segment, isEnd: true, at));
                    break;
                case 4:
                    gateway.Append(new GatewayEvent(at, "CME-1042", "meter", "No frame.", new Dictionary<string, string> { ["n"] = $"{random.Next(3)}" }));
                    break;
                case 5:
                    gateway.AppendBytes([0xff, (byte)random.Next(3)]);
                    break;
                case 6:
                    gateway.Append(Total(random.Next(2) == 0 ? "2014-01-01T00:00:00Z" : "2026-06-08T00:00:00Z", random.Next(3), register: register));
                    break;
                case 7:
                    gateway.Append(new RegisterTotal(register, 0, slotEnd, new Energy(1), Quantities.Quality.ClockUncertain, 0));
                    break;
                default:
                    gateway.Append(new RegisterTotal(register, segment, slotEnd, new Energy((slotEnd / 900 % 100 * 10) + random.Next(2)), (Quantities.Quality)random.Next(1, 5), random.Next(2)));
                    break;
            }
        }

        private RegisterSegment Border(RegisterId register, long segment, bool isEnd, Instant at) => new(
            register, segment, isEnd, at, new Energy(random.Next(2)), isEnd ? SegmentReason.MeterSwapped : (SegmentReason)random.Next(1, 3),
            register.Value.Split('~')[0], ObisCode.ActiveEnergyImport, 1_000_000, 1000, SettlementRole.Settlement);
    }
}
