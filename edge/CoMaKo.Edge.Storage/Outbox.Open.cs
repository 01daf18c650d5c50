using System.Buffers.Binary;
using System.Security.Cryptography;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

public sealed partial class Outbox
{
    // Enough to cover what a crash can have touched; small enough for a start well below 3 s with 400 days held.
    private const int TailRecords = 500;

    /// <summary>Opens the store of a data directory, creates it, or sets an unreadable one aside and creates a new one with a new epoch.</summary>
    /// <param name="options">Where.</param>
    /// <param name="databaseName">The engine's database file in the store's directory; everything of the engine's begins with it.</param>
    /// <param name="engineOf">Makes the engine.</param>
    /// <param name="encode">Serializes a record, once in its life.</param>
    /// <param name="time">The gateway's clock.</param>
    /// <exception cref="StoreException"><c>CME-1701</c>, <c>CME-1702</c>, <c>CME-1703</c>, <c>CME-1705</c>, <c>CME-1707</c>.</exception>
    internal static StoreOpened Open(
        StoreOptions options, string databaseName, Func<StoreFiles, IStoreEngine> engineOf, Func<SyncRecord, byte[]> encode, TimeProvider time)
    {
        var places = new StoreFiles(options.Directory, databaseName);
        Directory.CreateDirectory(places.DataDirectory);
        var lockFile = places.Lock();
        try
        {
            places.RefuseForeign();
            var outbox = new Outbox(engineOf(places), places, options, lockFile, encode, time);
            try
            {
                var opened = outbox.Open();
                places.KeepReserve(options.ReserveBytes);
                return opened;
            }
            catch
            {
                outbox.engine.Dispose();
                throw;
            }
        }
        catch
        {
            lockFile.Dispose();
            throw;
        }
    }

    private StoreOpened Open()
    {
        bool exists = Directory.Exists(files.Store);
        string? reason = exists ? Connect() : null;
        string? aside = reason is null ? null : files.SetAside(time.GetUtcNow());
        bool created = !exists || aside is not null;
        if (created)
        {
            Create();
            if (Connect() is { } still) throw new StoreException("CME-1702", $"A new store in {files.Store} cannot be read: {still}");
        }

        return new StoreOpened(this, created, aside, reason);
    }

    /// <returns>Why the store is unreadable; absent if it is open.</returns>
    private string? Connect()
    {
        if (File.Exists(files.Unreadable)) return File.ReadAllText(files.Unreadable);
        try
        {
            if (!File.Exists(files.Database)) throw new InvalidDataException("The database file is missing.");
            engine.Open(VerifyTail);
            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }

    /// <summary>Reads the newest records; a broken link there is mended.</summary>
    /// <exception cref="InvalidDataException">The store cannot be continued.</exception>
    private void VerifyTail(IStoreTables tables)
    {
        var row = tables.Row;
        long tail = Tail(tables, row).Sequence;
        if (tail >= row.First) Mend(tables, Math.Max(row.First, tail - TailRecords + 1));
    }

    /// <summary>A new store is made beside, synced and then named: a crash leaves none or a whole one.</summary>
    private void Create()
    {
        if (Directory.Exists(files.Draft)) Directory.Delete(files.Draft, recursive: true);
        Directory.CreateDirectory(files.Draft);
        engine.Create(files.Draft, tables => tables.Row = new StoreRow(RandomEpoch(), NowUnixMicroseconds, 1, RecordChain.Start.ToArray(), 0, null, 0));
        files.Publish();
    }

    private static Epoch RandomEpoch() => new(BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))));
}
