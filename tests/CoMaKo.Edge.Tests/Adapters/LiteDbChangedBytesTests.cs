using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Storage;
using CoMaKo.Edge.Storage.LiteDb;
using CoMaKo.Edge.Tests.Storage;
using NodaTime;
using Xunit.Abstractions;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Adapters;

/// <summary>Whatever bytes of LiteDB's two files change: what is read is what was written, or nothing. <c>COMAKO_FULL=1</c> for three hundred changes.</summary>
public sealed class LiteDbChangedBytesTests(ITestOutputHelper output) : IDisposable
{
    private const int FrameBytes = 8192 + 32;

    private static readonly int Seeds = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 300 : 24;

    private readonly StoreFolder folder = new(LiteDbOutbox.Part);

    private string Database => Path.Combine(folder.Store, "outbox.litedb");

    private string Log => Database + "-log";

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Read_AnyBytesOfTheDatabaseChanged_IsRefusedOrAsItWas()
    {
        var written = await FillAsync();
        var (files, outcomes) = (Files(), new Dictionary<string, int>());
        for (int seed = 1; seed <= Seeds; seed++)
        {
            Restore(files);
            Change(new Random(seed), Database, 0);
            bool isSilent = folder.Findings().Count == 0;
            var read = await ReadAsync();
            foreach (var (name, value) in read.Values) Assert.True(value == written.Values[name], $"Seed {seed}: {name} changed without a word.");
            // What a check of the whole store passes is whole: then the change hit pages that the log holds newer, or that nothing uses.
            if (isSilent) Assert.True(read.Values.Count == written.Values.Count, $"Seed {seed}: {read.Outcome} although the check found nothing.");
            outcomes[read.Outcome] = outcomes.GetValueOrDefault(read.Outcome) + 1;
        }

        output.WriteLine(string.Join(", ", outcomes.Select(o => $"{o.Key}: {o.Value}")));
        Assert.True(outcomes.GetValueOrDefault("all read") < Seeds, "No change hit anything: the test shows nothing.");
    }

    /// <summary>The log ends before the commit that was hit; records before it stay as they were.</summary>
    [Fact]
    public async Task Read_AnyBytesOfTheLogChanged_EndsBeforeThem()
    {
        var written = await FillAsync();
        var files = Files();
        int shortened = 0;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            Restore(files);
            Change(new Random(seed), Log, 32);
            var read = await ReadAsync();
            Assert.True(read.Outcome == "all read", $"Seed {seed}: {read.Outcome}.");
            Assert.True(written.Values["records"].StartsWith(read.Values["records"], StringComparison.Ordinal), $"Seed {seed}: a record changed without a word.");
            if (read.Values["records"].Length < written.Values["records"].Length) shortened++;
            Assert.Empty(folder.Findings());
        }

        output.WriteLine($"{shortened} of {Seeds} changes ended the log earlier");
        Assert.True(shortened > Seeds / 2, "Hardly any change hit a commit: the test shows little.");
    }

    /// <summary>Commits enough for the database to have been written from the log several times, and some more that only the log holds.</summary>
    private async Task<Held> FillAsync()
    {
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Begin(Import, FirstSegment), Begin(Export, FirstSegment)], [], default);
            for (int i = 0; i < 60; i++)
                await store.AppendAsync([.. Enumerable.Range(i * 40, 40).SelectMany(j => new[] { Total(Import, j), Total(Export, j) }), Event($"note {i}")], [new StateEntry("last", $"{i}")], default);
        }

        Assert.True(new FileInfo(Database).Length > 50 * FrameBytes && new FileInfo(Log).Length > 10 * FrameBytes, "Database or log holds little: the test shows little.");
        var held = await ReadAsync();
        Assert.Equal("all read", held.Outcome);
        return held;
    }

    /// <summary>Everything the buffer says, by what was asked; what was refused is absent.</summary>
    private async Task<Held> ReadAsync()
    {
        var opened = folder.Open();
        await using var store = opened.Outbox;
        var values = new Dictionary<string, string>();
        if (opened.SetAside is not null) return new Held("set aside at the start", values);
        try
        {
            values["records"] = await RecordsAsync(store);
            foreach (var register in new[] { Import, Export })
                values[$"totals of {register}"] = string.Join('\n', await store.TotalsAsync(register, Instant.FromUnixTimeSeconds(0), Opening + Duration.FromDays(365), default));
            values["registers"] = string.Join('\n', await store.LoadRegistersAsync(default));
            values["state"] = await store.LoadStateAsync("last", default) ?? "";
            return new Held("all read", values);
        }
        catch (StoreException e) when (e.Code == "CME-1704")
        {
            return new Held("refused when read", values);
        }
    }

    private static async Task<string> RecordsAsync(Outbox store)
    {
        var lines = new List<string>();
        while (await store.ReadAfterAsync(lines.Count, 500, 256 * 1024, default) is { } batch)
            lines.AddRange(batch.Entries.Select(e => e.Record is { } bytes ? Convert.ToHexString(bytes.Span) : "lost\n"));
        return string.Join('\n', lines);
    }

    /// <summary>Mostly one page, now and then up to a third of them side by side: some bytes anywhere in them, their checksum included.</summary>
    private static void Change(Random random, string path, int header)
    {
        using var file = new FileStream(path, FileMode.Open);
        long pages = (file.Length - header) / FrameBytes;
        long first = random.NextInt64(pages), end = Math.Min(pages, first + (random.Next(4) == 0 ? random.NextInt64(2, Math.Max(3, pages / 3)) : 1));
        for (long page = first; page < end; page++)
        {
            byte[] bytes = new byte[random.Next(1, 17)];
            file.Position = header + (page * FrameBytes) + random.Next(FrameBytes - bytes.Length);
            file.ReadExactly(bytes);
            for (int i = 0; i < bytes.Length; i++) bytes[i] ^= (byte)random.Next(1, 256);
            file.Position -= bytes.Length;
            file.Write(bytes);
        }
    }

    private (string Path, byte[] Content)[] Files() => [.. Directory.EnumerateFiles(folder.Store).Select(f => (f, File.ReadAllBytes(f)))];

    private void Restore((string Path, byte[] Content)[] files)
    {
        foreach (string left in Directory.EnumerateDirectories(folder.Path)) Directory.Delete(left, recursive: true);
        Directory.CreateDirectory(folder.Store);
        foreach (var (path, content) in files) File.WriteAllBytes(path, content);
    }

    private sealed record Held(string Outcome, IReadOnlyDictionary<string, string> Values);
}
