using System.IO.Compression;
using CoMaKo.Contracts;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Quantities;
using Google.Protobuf;

namespace CoMaKo.Hub.Ingest;

/// <summary>
/// A batch read and re-hashed from its chain before to its chain after, without any database: everything that can be done before a transaction.
/// </summary>
internal sealed class VerifiedBatch
{
    public const int MaxRecords = 500;
    public const int MaxBytes = 256 * 1024;

    private readonly Batch batch;
    private readonly byte[] hashes;
    private readonly byte[] chains;
    private readonly ParseResult<SyncRecord>[] records;

    private VerifiedBatch(Batch batch)
    {
        this.batch = batch;
        int count = batch.Entries.Count;
        hashes = new byte[count * RecordChain.Length];
        chains = new byte[(count + 1) * RecordChain.Length];
        records = new ParseResult<SyncRecord>[count];
        batch.ChainBefore.Span.CopyTo(chains);
        for (int i = 0; i < count; i++) ReadEntry(i);
        IsIntact = ChainAt(To).SequenceEqual(batch.ChainAfter.Span);
        CompressedEntries = Compress(batch.Entries);
    }

    public ulong Epoch => batch.Epoch;

    public long From => batch.FromSequence;

    public long To => batch.FromSequence + batch.Entries.Count - 1;

    /// <summary>Whether the records really lead from the chain before to the chain after.</summary>
    public bool IsIntact { get; }

    /// <summary>All entries as they are logged.</summary>
    public byte[] CompressedEntries { get; }

    /// <summary>Reads and re-hashes a batch.</summary>
    /// <exception cref="GrpcStatusException"><see cref="GrpcStatusCode.InvalidArgument"/>: the message is no batch at all.</exception>
    public static VerifiedBatch Read(Batch batch)
    {
        if (batch.Entries.Count is 0 or > MaxRecords) throw Invalid(FormattableString.Invariant($"a batch has 1 to {MaxRecords} entries, this one has {batch.Entries.Count}"));
        if (batch.FromSequence is < 1 or > long.MaxValue - MaxRecords) throw Invalid("from_sequence must be 1 or more");
        if (batch.ChainBefore.Length != RecordChain.Length || batch.ChainAfter.Length != RecordChain.Length) throw Invalid("chains have 32 bytes");
        long bytes = 0;
        foreach (var entry in batch.Entries)
        {
            if (entry.ContentCase == Entry.ContentOneofCase.None) throw Invalid("each entry holds a record or the hash of a damaged one");
            if (entry.HasDamagedSha256 && entry.DamagedSha256.Length != RecordChain.Length) throw Invalid("damaged_sha256 has 32 bytes");
            bytes += entry.Record.Length;
        }

        if (bytes > MaxBytes && batch.Entries.Count > 1) throw Invalid(FormattableString.Invariant($"a batch has at most {MaxBytes} bytes of records, this one has {bytes}"));
        return new VerifiedBatch(batch);
    }

    /// <summary>The chain after the record with this sequence, from <c>From − 1</c> (the chain before the batch) on.</summary>
    public ReadOnlySpan<byte> ChainAt(long sequence) => chains.AsSpan((int)(sequence - From + 1) * RecordChain.Length, RecordChain.Length);

    /// <summary>Identity of the record with this sequence.</summary>
    public ReadOnlySpan<byte> HashAt(long sequence) => hashes.AsSpan((int)(sequence - From) * RecordChain.Length, RecordChain.Length);

    /// <summary>The record, or why its bytes are none; do not ask for damaged ones.</summary>
    public ParseResult<SyncRecord> RecordAt(long sequence) => records[sequence - From];

    /// <summary>Whether only the record's identity arrived.</summary>
    public bool IsDamaged(long sequence) => batch.Entries[(int)(sequence - From)].HasDamagedSha256;

    /// <summary>The record's bytes as sent.</summary>
    public ReadOnlySpan<byte> BytesAt(long sequence) => batch.Entries[(int)(sequence - From)].Record.Span;

    /// <summary>The log's form of the entries from a sequence on.</summary>
    public byte[] CompressFrom(long sequence) =>
        sequence == From ? CompressedEntries : Compress(batch.Entries.Skip((int)(sequence - From)));

    /// <summary>Reads the log's form back.</summary>
    public static IReadOnlyList<Entry> Decompress(byte[] logged)
    {
        using var inflate = new DeflateStream(new MemoryStream(logged), CompressionMode.Decompress);
        return Batch.Parser.ParseFrom(inflate).Entries;
    }

    /// <summary>SHA-256 of an entry's bytes, or what stands for them.</summary>
    public static void Hash(Entry entry, Span<byte> hash)
    {
        if (entry.HasDamagedSha256) entry.DamagedSha256.Span.CopyTo(hash);
        else System.Security.Cryptography.SHA256.HashData(entry.Record.Span, hash);
    }

    /// <summary>The log's form of entries.</summary>
    public static byte[] Compress(IEnumerable<Entry> entries)
    {
        var log = new Batch();
        log.Entries.AddRange(entries);
        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.Fastest)) log.WriteTo(deflate);
        return compressed.ToArray();
    }

    private void ReadEntry(int i)
    {
        var entry = batch.Entries[i];
        Span<byte> link = stackalloc byte[2 * RecordChain.Length];
        chains.AsSpan(i * RecordChain.Length, RecordChain.Length).CopyTo(link);
        Hash(entry, link[RecordChain.Length..]);
        link[RecordChain.Length..].CopyTo(hashes.AsSpan(i * RecordChain.Length));
        System.Security.Cryptography.SHA256.HashData(link, chains.AsSpan((i + 1) * RecordChain.Length, RecordChain.Length));
        if (!entry.HasDamagedSha256) records[i] = RecordCodec.Decode(entry.Record.Span);
    }

    private static GrpcStatusException Invalid(string why) => new(GrpcStatusCode.InvalidArgument, $"CMH-1105. Not a batch: {why}.");
}
