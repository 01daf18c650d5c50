using CoMaKo.Edge.Hosting;
using CoMaKo.Edge.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace CoMaKo.Edge.Tests.Hosting;

public sealed class AuditJournalTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 11, 21, 12, 0);

    [Fact]
    public async Task WriteAsync_AcrossARestart_GoesOnWithTheChain()
    {
        using var store = SqliteControlStore.Volatile();
        for (int start = 0; start < 2; start++)
        {
            var journal = new AuditJournal(store, NullLogger<AuditJournal>.Instance);
            for (int i = 0; i < 3; i++) await journal.WriteAsync(new(Noon, "sign-in", $"anna-{start}{i}", "192.0.2.7", []), default);
        }

        var kept = store.Between(AuditJournal.Kind, Noon, Noon + Duration.FromHours(1));
        Assert.Equal(6, kept.Count);
        Assert.Null(AuditJournal.FirstBroken(kept));
        Assert.Equal(kept[3].Id, AuditJournal.FirstBroken([.. kept.Take(2), .. kept.Skip(3)]));
        var forged = kept[4] with { Body = kept[4].Body.Replace("anna-11", "emil-11", StringComparison.Ordinal) };
        Assert.Equal(forged.Id, AuditJournal.FirstBroken([.. kept.Take(4), forged, kept[5]]));
    }
}
