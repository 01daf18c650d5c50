using System.Globalization;
using System.Text.RegularExpressions;

namespace CoMaKo.Integration.Tests.Crash;

/// <summary>Reads what strace recorded (<c>-f -y -xx</c>) as operations below one directory.</summary>
internal sealed partial class SystemCallLog
{
    /// <summary>The calls that change files, make them durable or say something. An unlisted way of writing would go unseen, so all that exist are listed.</summary>
    public const string Calls =
        "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,truncate,fallocate,rename,renameat,renameat2,"
        + "unlink,unlinkat,rmdir,mkdir,mkdirat,copy_file_range,sendfile,splice,link,linkat,symlink,symlinkat";

    public const int Root = 0;

    private readonly string root;
    private readonly Dictionary<(int Directory, string Name), int> names = [];
    private readonly Dictionary<int, string> unfinished = [];
    private readonly List<DiskOperation> operations = [];
    private int nodes = Root;

    private SystemCallLog(string root) => this.root = root;

    /// <param name="lines">strace's output.</param>
    /// <param name="root">The directory, which exists from the beginning.</param>
    /// <exception cref="InvalidDataException">A call changes a file in a way that is not modelled.</exception>
    public static IReadOnlyList<DiskOperation> Read(IEnumerable<string> lines, string root)
    {
        var log = new SystemCallLog(root);
        foreach (string line in lines) log.ReadLine(line);
        return log.operations;
    }

    private void ReadLine(string line)
    {
        if (ThreadLine().Match(line) is not { Success: true } thread) return;
        int id = int.Parse(thread.Groups[1].Value, CultureInfo.InvariantCulture);
        string call = thread.Groups[2].Value;
        const string Unfinished = " <unfinished ...>";
        if (call.EndsWith(Unfinished, StringComparison.Ordinal))
        {
            unfinished[id] = call[..^Unfinished.Length];
            return;
        }

        if (Resumed().Match(call) is { Success: true } resumed && unfinished.Remove(id, out string? begin)) call = begin + resumed.Groups[1].Value;
        if (FinishedCall().Match(call) is { Success: true } finished)
            Apply(finished.Groups[1].Value, finished.Groups[2].Value, long.Parse(finished.Groups[3].Value, CultureInfo.InvariantCulture));
    }

    private void Apply(string call, string arguments, long result)
    {
        var strings = Quoted().Matches(arguments).Select(m => Bytes(m.Groups[1].Value)).ToList();
        string? path = Descriptor().Match(arguments) is { Success: true } descriptor ? Text(Bytes(descriptor.Groups[1].Value)) : null;
        if (call is "write" && strings is [[(byte)'@', ..]])
        {
            operations.Add(new DiskOperation.Said(Text(strings[0]).TrimEnd('\n')));
            return;
        }

        bool byName = call is "openat" or "open" or "creat" or "mkdir" or "mkdirat" or "rename" or "renameat" or "renameat2" or "unlink" or "unlinkat" or "rmdir";
        string? subject = byName ? Text(strings[0]) : path;
        if (subject is null || !subject.StartsWith(root, StringComparison.Ordinal) || IsVolatile(subject) || subject == root && call is "mkdir") return;
        long[] numbers = [.. Number().Matches(Quoted().Replace(arguments, "")).Select(m => long.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        switch (call)
        {
            case "openat" or "open" or "creat":
                Open(subject, arguments);
                break;
            case "mkdir" or "mkdirat":
                Name(subject, isDirectory: true);
                break;
            case "rename" or "renameat" or "renameat2":
                Rename(subject, Text(strings[1]));
                break;
            case "unlink" or "unlinkat" or "rmdir":
                var (directory, name) = Place(subject);
                operations.Add(new DiskOperation.Unlink(directory, name));
                names.Remove((directory, name));
                break;
            case "pwrite64":
                operations.Add(new DiskOperation.Write(NodeOf(subject), numbers[^1], strings[0][..(int)result]));
                break;
            case "ftruncate":
                operations.Add(new DiskOperation.Resize(NodeOf(subject), numbers[^1]));
                break;
            case "fsync" or "fdatasync":
                operations.Add(new DiskOperation.Sync(NodeOf(subject)));
                break;
            default:
                throw new InvalidDataException($"The crash model does not know {call} on {subject}.");
        }
    }

    private void Open(string path, string arguments)
    {
        if (!arguments.Contains("O_CREAT", StringComparison.Ordinal)) return;
        if (!names.ContainsKey(Place(path))) Name(path, isDirectory: false);
        else if (arguments.Contains("O_TRUNC", StringComparison.Ordinal)) operations.Add(new DiskOperation.Resize(NodeOf(path), 0));
    }

    private void Name(string path, bool isDirectory)
    {
        var (directory, name) = Place(path);
        names[(directory, name)] = ++nodes;
        operations.Add(new DiskOperation.Link(directory, name, nodes, isDirectory));
    }

    private void Rename(string from, string to)
    {
        var (source, target) = (Place(from), Place(to));
        operations.Add(new DiskOperation.Rename(source.Directory, source.Name, target.Directory, target.Name));
        names.Remove(source, out int node);
        names[target] = node;
    }

    private (int Directory, string Name) Place(string path) => (NodeOf(Path.GetDirectoryName(path)!), Path.GetFileName(path));

    private int NodeOf(string path) => path.Length <= root.Length ? Root : names[Place(path)];

    // The log's index is rebuilt from the log; lock and reserve hold no data.
    private static bool IsVolatile(string path) => path.EndsWith("-shm", StringComparison.Ordinal) || Path.GetFileName(path) is "store.lock" or "store.reserve";

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace("\\x", "", StringComparison.Ordinal));

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    [GeneratedRegex(@"^(\d+) +(.*)$", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex ThreadLine();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>(.*)$", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^(\w+)\((.*)\) += (\d+)", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex FinishedCall();

    [GeneratedRegex("\"((?:\\\\x[0-9a-f]{2})*)\"", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\d+<((?:\\x[0-9a-f]{2})*)>", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Descriptor();

    [GeneratedRegex(@", (\d+)", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Number();
}
