using System.CommandLine;
using System.Text.Json;
using CoMaKo.Edge.Commands;
using CoMaKo.Testing;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Storage;

public sealed class VerifyStoreCommandTests : IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task VerifyStore_BesideTheRunningStore_IsWell()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1), End(Import, FirstSegment), Event("a")], [], default);
        await store.SetMarkAsync(2, default);

        var (exit, output) = Run("--data", folder.Path);
        Assert.Equal(0, exit);
        Assert.Contains("records 1 to 4, acknowledged up to 2, 0 damaged", output, StringComparison.Ordinal);
        Assert.Equal(5, await store.AppendAsync([Event("b")], [], default));
    }

    [Theory]
    [InlineData("UPDATE record SET bytes = X'00' WHERE sequence = 2", "CME-1713")]
    [InlineData("UPDATE record SET chain = zeroblob(32) WHERE sequence = 2", "CME-1714")]
    [InlineData("DELETE FROM record WHERE sequence = 2", "CME-1712")]
    [InlineData("DELETE FROM total WHERE sequence = 2", "CME-1715")]
    [InlineData("UPDATE segment SET is_end = 1 WHERE sequence = 1", "CME-1715")]
    [InlineData("UPDATE store SET acknowledged_sequence = 99", "CME-1716")]
    [InlineData("DELETE FROM store", "CME-1704")]
    [InlineData("DROP INDEX total_by_slot; CREATE INDEX total_by_slot ON total (register) WHERE slot_end < 0; PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE INDEX total_by_slot ON total (register)' WHERE name = 'total_by_slot'", "CME-1711")] // an index without its entries
    public async Task VerifyStore_Damaged_NamesIt(string damage, string code)
    {
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1), Total(Import, 2)], [], default);
        }

        folder.Damage(damage);
        var (exit, output) = Run("--data", folder.Path, "--json");
        Assert.Equal(1, exit);
        using var report = JsonDocument.Parse(output);
        Assert.Empty(JsonSchema.Read("verify-store.schema.json").Check(report.RootElement));
        Assert.False(report.RootElement.GetProperty("ok").GetBoolean());
        Assert.Contains(code, report.RootElement.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("code").GetString()));
    }

    [Fact]
    public void VerifyStore_NoStore_SaysWhereItLooked()
    {
        var (exit, output) = Run("--data", folder.Path);
        Assert.Equal(1, exit);
        Assert.Contains("CME-1717", output, StringComparison.Ordinal);
        Assert.Contains(folder.Path, output, StringComparison.Ordinal);
    }

    private static (int Exit, string Output) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        int exit = VerifyStoreCommand.Create().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = TextWriter.Null });
        return (exit, output.ToString());
    }
}
