using System.Runtime.InteropServices;
using System.Text.Json;
using CoMaKo.Edge.Diagnostics.Api;
using Microsoft.Win32.SafeHandles;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>
/// Accounts in the file <c>access.json</c> of the data directory: readable by its owner alone (0600), replaced as a whole, file and directory synced before the change counts.
/// A lock file keeps service and recovery command apart.
/// </summary>
public sealed partial class FileAccessStore(string directory, TimeProvider time) : IAccessStore
{
    private const int Format = 1;
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(50);
    private static readonly JsonSerializerOptions Json = new(ApiJson.Options) { WriteIndented = true, AllowDuplicateProperties = false };
    private readonly string path = Path.Combine(directory, "access.json");
    private readonly Lock gate = new();
    private (DateTime Written, long Length, AccessState State)? read;

    public AccessState Read()
    {
        lock (gate)
        {
            try
            {
                var file = new FileInfo(path);
                if (!file.Exists) return AccessState.Empty;
                if (read is { } last && (last.Written, last.Length) == (file.LastWriteTimeUtc, file.Length)) return last.State;
                var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), Json);
                if (content is not { Format: Format, Accounts: not null }) throw new JsonException("unknown format");
                read = (file.LastWriteTimeUtc, file.Length, new AccessState(content.Accounts, content.Code));
                return read.Value.State;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException)
            {
                throw new AccessStoreException($"{path} cannot be read ({e.Message}). Put it back from a backup, or begin anew with: comako-edge access --new-code", e);
            }
        }
    }

    public async Task<AccessState> ChangeAsync(Func<AccessState, AccessState> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        try
        {
            Directory.CreateDirectory(directory);
            await using var turn = await TakeTurnAsync(cancellationToken);
            var before = Read();
            var after = change(before);
            if (!ReferenceEquals(before, after)) Write(after);
            return after;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccessStoreException($"{path} cannot be written ({e.Message}). Check the disk and the rights of the data directory.", e);
        }
    }

    /// <summary>Moves an unreadable file out of the way, for the recovery command; accounts then begin anew.</summary>
    /// <returns>Where it lies now; absent if it could be read or there was none.</returns>
    public string? SetAsideIfUnreadable()
    {
        try
        {
            Read();
            return null;
        }
        catch (AccessStoreException)
        {
            string aside = FormattableString.Invariant($"{path}.unreadable-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}");
            File.Move(path, aside, overwrite: true);
            return aside;
        }
    }

    private async Task<FileStream> TakeTurnAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return new FileStream(Path.Combine(directory, "access.lock"), Options(FileMode.OpenOrCreate, FileShare.None));
            }
            catch (IOException) when (i < 100)
            {
                await Task.Delay(LockRetry, time, cancellationToken);
            }
        }
    }

    private void Write(AccessState state)
    {
        lock (gate)
        {
            string fresh = path + ".new";
            File.Delete(fresh); // a left-over might have other rights
            using (var stream = new FileStream(fresh, Options(FileMode.CreateNew, FileShare.None)))
            {
                JsonSerializer.Serialize(stream, new Content(Format, state.Accounts, state.Code), Json);
                stream.Flush(flushToDisk: true);
            }

            File.Move(fresh, path, overwrite: true);
            SyncDirectory();
            read = null;
        }
    }

    private static FileStreamOptions Options(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    // The new name is on the disk only when its directory is; .NET opens no directories, so the system is asked itself.
    private void SyncDirectory()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var handle = new SafeFileHandle(Open(directory, 0), ownsHandle: true);
        if (handle.IsInvalid || Fsync(handle) != 0) throw new IOException($"The directory {directory} cannot be synced (error {Marshal.GetLastPInvokeError()}).");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    private sealed record Content(int Format, IReadOnlyList<Account>? Accounts, string? Code);
}
