using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using CoMaKo.Hub.Settlement.Statements.Evidence;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Statements;

/// <summary>Evidence comes to the statement byte by byte, and whatever is changed in it is found.</summary>
public sealed class EvidenceTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Evidence_ComesToItsStatement_FromMeterTotalsOn(Engine engine)
    {
        await using var world = await EvidenceWorld.StartAsync(engine);
        await EvidenceWorld.CloseAsync(world);
        using var anna = await world.MemberAsync("anna");
        byte[] statement = await anna.GetByteArrayAsync(new Uri($"/statements/{EvidenceWorld.Anna}.json", UriKind.Relative));

        var result = Verification.Run(await EvidenceWorld.EvidenceAsync(anna, EvidenceWorld.Anna), statement);

        Assert.Empty(result.Findings);
        Assert.Equal((EvidenceWorld.Anna, 4, 2), (result.Number, result.Batches, result.Lines));
        Assert.Equal((92, 96), (result.ProvedSlots, result.ToldSlots)); // two slots beside a missing border, two beside a disputed one
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task FullEvidence_ComesToTheRunsHashes_AndCorrectionsVerifyToo(Engine engine)
    {
        await using var world = await EvidenceWorld.StartAsync(engine);
        await EvidenceWorld.CloseAsync(world);
        await world.CorrectAsync(40_000);

        foreach (var each in (await world.Hub.GetAsync("/statements")).Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("number").GetString()!))
        {
            byte[] statement = await world.Hub.Pages.GetByteArrayAsync(new Uri($"/statements/{each}.json", UriKind.Relative));
            foreach (string query in (string[])["", "?full=true"]) Assert.Empty(Verification.Run(await EvidenceWorld.EvidenceAsync(world.Hub.Pages, each, query), statement).Findings);
        }
    }

    [Theory, OnSqlite]
    public async Task Evidence_OfAMember_NamesNobodyElse(Engine engine)
    {
        await using var world = await EvidenceWorld.StartAsync(engine);
        await EvidenceWorld.CloseAsync(world);
        using var anna = await world.MemberAsync("anna");

        byte[] evidence = await EvidenceWorld.EvidenceAsync(anna, EvidenceWorld.Anna);
        string text = Encoding.UTF8.GetString(evidence);

        foreach (string name in (string[])["ben", "Ben", "cara", "Cara", "ZP002", "ZP003", "ZP901", "002b~"]) Assert.DoesNotContain(name, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.ASCII.GetBytes("0a01495341000000002b"))[4..20], text, StringComparison.Ordinal);
        Assert.Equal(403, (int)(await anna.GetAsync(new Uri($"/statements/{EvidenceWorld.Anna}/evidence?full=true", UriKind.Relative))).StatusCode);
        Assert.Equal(404, (int)(await anna.GetAsync(new Uri("/statements/2025-08.1-BK123456-0002/evidence", UriKind.Relative))).StatusCode);
    }

    [Theory, OnSqlite]
    public async Task Evidence_InAGroupOfTwo_IsNotForMembers(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        using var anna = await world.MemberAsync("anna");

        Assert.Equal(403, (int)(await anna.GetAsync(new Uri($"/statements/{EvidenceWorld.Anna}/evidence", UriKind.Relative))).StatusCode);
        Assert.Empty(Verification.Run(await EvidenceWorld.EvidenceAsync(world.Hub.Pages, EvidenceWorld.Anna), null).Findings);
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Evidence_OfBothEngines_IsTheSameBytes()
    {
        Assert.Equal(await ReadAsync(Engine.Sqlite), await ReadAsync(Engine.Postgres));

        static async Task<string> ReadAsync(Engine engine)
        {
            await using var world = await EvidenceWorld.StartAsync(engine);
            await EvidenceWorld.CloseAsync(world);
            string both = Encoding.UTF8.GetString(await EvidenceWorld.EvidenceAsync(world.Hub.Pages, EvidenceWorld.Anna)) + Encoding.UTF8.GetString(await EvidenceWorld.EvidenceAsync(world.Hub.Pages, EvidenceWorld.Anna, "?full=true"));
            // The key of who delivered is another one on each hub, and so are the checks of these lines.
            return string.Join('\n', both.Split('\n').Where(line => !line.StartsWith("end ", StringComparison.Ordinal)).Select(line => System.Text.RegularExpressions.Regex.Replace(line, "^[0-9a-f]{16} |key:[0-9a-z]+", "", default, TimeSpan.FromSeconds(1))));
        }
    }

    /// <summary>A program that shares no code with the hub reads the same file and comes to the same cents.</summary>
    [RequiresFact(Peer.Python)]
    public async Task Evidence_InAForeignLanguage_ComesToTheSameLines()
    {
        await using var world = await EvidenceWorld.StartAsync(Engine.Sqlite);
        await EvidenceWorld.CloseAsync(world);
        string file = Path.Combine(world.Hub.Place.Folder, "statement.evidence");
        foreach (string number in (string[])[EvidenceWorld.Anna, "2025-08.1-BK123456-0002", "2025-08.1-BK123456-0003"])
        {
            await File.WriteAllBytesAsync(file, await EvidenceWorld.EvidenceAsync(world.Hub.Pages, number));
            var start = new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.CloudSync.Tests", "peers", "check_evidence.py"), file]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            using var python = Process.Start(start)!;
            string text = await python.StandardOutput.ReadToEndAsync() + await python.StandardError.ReadToEndAsync();
            await python.WaitForExitAsync();
            Assert.True(python.ExitCode == 0, text);
            Assert.StartsWith(number, text, StringComparison.Ordinal);
        }
    }

    /// <summary>Each bit of the frame is covered by a check; so a forger writes the checks anew. Then what the parts say must give the change away.</summary>
    [Theory, OnSqlite]
    public async Task ChangedPart_WithNewChecks_IsFoundAndNamed(Engine engine)
    {
        await using var world = await EvidenceWorld.StartAsync(engine);
        await EvidenceWorld.CloseAsync(world);
        string text = Encoding.UTF8.GetString(await EvidenceWorld.EvidenceAsync(world.Hub.Pages, EvidenceWorld.Anna));
        var lines = text.Split('\n');

        // A record, a chain, a curve from totals, an imported curve, another member's value, a price, a key word, the statement itself.
        foreach (var (part, old, news, code) in (ReadOnlySpan<(string, string, string, string)>)
        [
            ("batch", "sha256:", "sha256:00", "CMH-2367"), ("batch", "chain_after\":\"", "chain_after\":\"0", "CMH-2362"), ("day", "input_sha256\":\"", "input_sha256\":\"0", "CMH-2364"),
            ("terms", "\"internal\":100000", "\"internal\":100001", "CMH-2366"), ("statement", "\\\"amount_eur\\\":", "\\\"amount_eur\\\":1", "CMH-2366"), ("statement", "\"addressee\":\"", "\"addressee\":\"X", "CMH-2366"),
        ])
        {
            int at = Array.FindIndex(lines, line => line.Contains($"{{\"part\":\"{part}\"", StringComparison.Ordinal));
            int found = lines[at].LastIndexOf(old, StringComparison.Ordinal);
            string changed = lines[at][..Math.Max(0, found)] + news + lines[at][(found + old.Length)..];
            Assert.NotEqual(lines[at], changed);
            var findings = Verification.Run(Sealed([.. lines[..at], changed, .. lines[(at + 1)..]]), null).Findings;
            Assert.True(findings.Any(finding => finding.Code == code) && findings.All(finding => finding.Code != "CMH-2361"), $"{part} {news}: {string.Join('\n', findings)}");
        }
    }

    [Theory, OnSqlite]
    [Row("curve"), Row("other"), Row("batch")]
    public async Task ChangedValue_WithNewChecks_IsFound(Engine engine, string part)
    {
        await using var world = await EvidenceWorld.StartAsync(engine);
        await EvidenceWorld.CloseAsync(world);
        var lines = Encoding.UTF8.GetString(await EvidenceWorld.EvidenceAsync(world.Hub.Pages, EvidenceWorld.Anna)).Split('\n');
        int found = 0;
        for (int at = 0; at < lines.Length; at++)
        {
            // An import's first version, which the second replaced, changes nothing any more.
            if (!lines[at].Contains($"{{\"part\":\"{part}\"", StringComparison.Ordinal) || lines[at].Contains("\"operator_import\",\"version\":1", StringComparison.Ordinal)) continue;
            string mark = part == "batch" ? "\"records\":[\"" : "\"wh\":\"";
            int wh = lines[at].IndexOf(mark, StringComparison.Ordinal) + mark.Length;
            if (lines[at][wh..].StartsWith("sha256:", StringComparison.Ordinal) || (part != "batch" && !lines[at].Contains("2025-08-01", StringComparison.Ordinal))) continue; // other days have no values
            byte[] values = Convert.FromBase64String(lines[at][wh..lines[at].IndexOf('"', wh)]);
            values[part == "batch" ? values.Length - 1 : 50 * 4 + 2] ^= 4; // 1 024 Wh at half past twelve
            string changed = lines[at][..wh] + Convert.ToBase64String(values) + lines[at][lines[at].IndexOf('"', wh)..];
            Assert.NotEmpty(Verification.Run(Sealed([.. lines[..at], changed, .. lines[(at + 1)..]]), null).Findings);
            found++;
        }

        Assert.InRange(found, 2, 100);
    }

    [Theory, OnSqlite]
    public async Task EveryBit_OfASmallFile_IsFound(Engine engine)
    {
        await using var world = await EvidenceWorld.StartAsync(engine);
        await EvidenceWorld.CloseAsync(world);
        byte[] evidence = await EvidenceWorld.EvidenceAsync(world.Hub.Pages, EvidenceWorld.Anna);
        byte[] statement = await world.Hub.Pages.GetByteArrayAsync(new Uri($"/statements/{EvidenceWorld.Anna}.json", UriKind.Relative));
        Assert.Empty(Verification.Run(evidence, statement).Findings);
        bool isFull = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1";
        int missed = 0, tried = 0;
        var unnamed = new List<int>();
        for (int bit = 0; bit < evidence.Length * 8; bit++)
        {
            evidence[bit >> 3] ^= (byte)(1 << (bit & 7));
            // The frame alone finds each; what lies behind it costs a settlement per bit, and naming the byte many hashes: both are sampled.
            var findings = new List<EvidenceFinding>();
            EvidenceFile.Read(evidence, findings);
            if (findings.Count == 0 || (isFull && bit % 997 == 0 && Verification.Run(evidence, statement).IsGood)) missed++;
            if ((isFull ? bit % 499 : tried % 64) == 0 && ChangedByte.Find(evidence)?.At != bit >> 3) unnamed.Add(bit);
            evidence[bit >> 3] ^= (byte)(1 << (bit & 7));
            tried++;
            if (!isFull) bit += 62;
        }

        for (int bit = 0; bit < statement.Length * 8; bit += isFull ? 1 : 61)
        {
            statement[bit >> 3] ^= (byte)(1 << (bit & 7));
            if (Verification.Run(evidence, statement).IsGood) missed++;
            statement[bit >> 3] ^= (byte)(1 << (bit & 7));
            tried++;
        }

        Assert.Equal(0, missed);
        Assert.Empty(unnamed);
        Assert.InRange(tried, 1000, int.MaxValue);
    }

    /// <summary>Line feeds that go, line feeds that come, first and last line: where lines are no longer what they were.</summary>
    [Theory, OnSqlite]
    public async Task ChangedByte_OfTheFrame_IsNamed(Engine engine)
    {
        await using var world = await EvidenceWorld.StartAsync(engine);
        await EvidenceWorld.CloseAsync(world);
        byte[] evidence = await EvidenceWorld.EvidenceAsync(world.Hub.Pages, EvidenceWorld.Anna);
        Assert.Null(ChangedByte.Find(evidence));
        int last = evidence.AsSpan(0, evidence.Length - 1).LastIndexOf((byte)'\n') + 1, tried = 0;
        for (int at = 0; at < evidence.Length; at++)
        {
            bool isFrame = evidence[at] == '\n' || at < EvidenceFile.FirstLine.Length || at >= last;
            for (int bit = 0; bit < 8; bit++)
            {
                if (!isFrame && ((evidence[at] ^ (1 << bit)) != '\n' || at % 8 > 0)) continue;
                evidence[at] ^= (byte)(1 << bit);
                Assert.True(ChangedByte.Find(evidence)?.At == at, $"bit {bit} of byte {at}");
                evidence[at] ^= (byte)(1 << bit);
                tried++;
            }
        }

        Assert.InRange(tried, 500, int.MaxValue);
        string told = Verification.Run([.. evidence.AsSpan(0, last + 10), (byte)(evidence[last + 10] ^ 1), .. evidence.AsSpan(last + 11)], null).Findings[0].ToString();
        Assert.Contains($"byte {last + 11} of the file", told, StringComparison.Ordinal);
    }

    /// <summary>The lines with checks that fit them: what a forger would write.</summary>
    internal static byte[] Sealed(string[] lines)
    {
        var text = new StringBuilder(lines[0]).Append('\n');
        foreach (string line in lines[1..^2])
        {
            string json = line[17..];
            text.Append(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16]).Append(' ').Append(json).Append('\n');
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        return Encoding.UTF8.GetBytes(text.Append(System.Globalization.CultureInfo.InvariantCulture, $"end {lines.Length - 3} {hash}\n").ToString());
    }
}
