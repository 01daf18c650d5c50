using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CoMaKo.Edge.Storage;

/// <summary>
/// The store's files below the data directory. A store is one directory, so that it appears and is set aside by a single rename:
/// no crash leaves half of one.
/// </summary>
internal sealed partial class StoreFiles(string dataDirectory, string databaseName)
{
    private const string AsidePrefix = "store-unreadable-";
    private const int AsideKept = 2;

    public string DataDirectory { get; } = Path.GetFullPath(dataDirectory);

    public string Store => Path.Combine(DataDirectory, "store");

    /// <summary>A store in the making; becomes <see cref="Store"/> when it is complete and synced.</summary>
    public string Draft => Path.Combine(DataDirectory, "store.new");

    public string Database => DatabaseIn(Store);

    public string DatabaseIn(string directory) => Path.Combine(directory, databaseName);

    public string Reserve => Path.Combine(DataDirectory, "store.reserve");

    /// <summary>Left by a process that met a damaged page; holds the reason.</summary>
    public string Unreadable => Path.Combine(Store, "UNREADABLE");

    /// <summary>Keeps every other process out until disposed; the kernel releases it with the process.</summary>
    /// <exception cref="StoreException"><c>CME-1703</c>: another process holds it.</exception>
    public FileStream Lock()
    {
        string path = Path.Combine(DataDirectory, "store.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            throw new StoreException("CME-1703", $"Another process holds the store in {DataDirectory}. Stop the running gateway first.", e);
        }
    }

    /// <summary>A store of another engine is not unreadable: it holds records that only that engine finds.</summary>
    /// <exception cref="StoreException"><c>CME-1707</c>.</exception>
    public void RefuseForeign()
    {
        if (!Directory.Exists(Store) || Directory.EnumerateFiles(Store, databaseName + "*").Any()) return;
        if (Directory.EnumerateFiles(Store, "outbox.*").FirstOrDefault() is { } other)
            throw new StoreException("CME-1707", $"The buffer in {Store} was written by another part ({Path.GetFileName(other)}). Choose that part in the building file, or let it send everything first and then move the directory away.");
    }

    /// <summary>Moves an unreadable store away under a dated name and keeps the two newest of these.</summary>
    public string SetAside(DateTimeOffset now)
    {
        string name = AsidePrefix + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string aside = Path.Combine(DataDirectory, name);
        for (int i = 2; Directory.Exists(aside); i++) aside = Path.Combine(DataDirectory, FormattableString.Invariant($"{name}-{i}"));
        Directory.Move(Store, aside);
        SyncDirectory(DataDirectory);
        var older = Directory.GetDirectories(DataDirectory, AsidePrefix + "*").Where(d => d != aside).OrderByDescending(d => d, StringComparer.Ordinal);
        foreach (string directory in older.Skip(AsideKept - 1)) Directory.Delete(directory, recursive: true);
        return aside;
    }

    /// <summary>Gives the finished draft its name.</summary>
    public void Publish()
    {
        SyncDirectory(Draft);
        Directory.Move(Draft, Store);
        SyncDirectory(DataDirectory);
    }

    public long FreeBytes => new DriveInfo(DataDirectory).AvailableFreeSpace;

    /// <summary>Database and log.</summary>
    public long StoreBytes => Directory.EnumerateFiles(Store, databaseName + "*").Sum(f => new FileInfo(f).Length);

    public bool HasReserve => File.Exists(Reserve);

    /// <summary>Lays the reserve down if it is missing and twice its size is free.</summary>
    public void KeepReserve(long bytes)
    {
        if (HasReserve || FreeBytes < 2 * bytes) return;
        // Preallocation takes the blocks, not only the length.
        using var stream = new FileStream(Reserve, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = bytes });
    }

    /// <summary>Gives the reserve back to the file system.</summary>
    /// <returns>Whether there was one.</returns>
    public bool ReleaseReserve()
    {
        if (!HasReserve) return false;
        File.Delete(Reserve);
        return true;
    }

    /// <summary>Makes names in a directory durable (fsync of the directory itself, which .NET cannot open).</summary>
    /// <exception cref="StoreException"><c>CME-1702</c>.</exception>
    public static void SyncDirectory(string path)
    {
        const int ReadOnlyDirectoryCloseOnExec = 0x90000; // O_RDONLY | O_DIRECTORY | O_CLOEXEC on x86-64; arm64 takes 0x84000
        const int OnArm = 0x84000;
        int descriptor = Open(path, RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? OnArm : ReadOnlyDirectoryCloseOnExec);
        int result = descriptor < 0 ? -1 : Sync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        if (descriptor >= 0) _ = Close(descriptor);
        if (result != 0) throw new StoreException("CME-1702", FormattableString.Invariant($"The directory {path} could not be synced (errno {error})."));
    }

    /// <summary>Makes a file's content durable. .NET's own flush says nothing when the disk refuses (.NET 10: an EIO of fsync is swallowed).</summary>
    /// <exception cref="IOException">Its HResult is the system's error number.</exception>
    public static void SyncFile(SafeFileHandle file)
    {
        if (Sync(file) == 0) return;
        int error = Marshal.GetLastPInvokeError();
        throw new IOException(FormattableString.Invariant($"The file could not be synced (errno {error})"), error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
