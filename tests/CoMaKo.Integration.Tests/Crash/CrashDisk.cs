using System.Security.Cryptography;

namespace CoMaKo.Integration.Tests.Crash;

/// <summary>Files as a power cut left them.</summary>
internal sealed class CrashDisk
{
    private readonly Dictionary<(int Directory, string Name), (int Node, bool IsDirectory)> names = [];
    private readonly Dictionary<int, MemoryStream> contents = [];

    public CrashDisk(IReadOnlyList<DiskOperation> operations, CrashState state)
    {
        for (int i = 0; i < state.Prefix; i++)
        {
            if (!state.Dropped.Contains(i)) Apply(operations[i], state.Torn is { } torn && torn.Operation == i ? torn.Length : int.MaxValue);
        }
    }

    /// <summary>Equal disks have equal values.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var ((directory, name), (node, isDirectory)) in names.OrderBy(n => n.Key))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{directory}/{name}:{node}:{isDirectory};"));
            if (contents.TryGetValue(node, out var content)) hash.AppendData(content.GetBuffer().AsSpan(0, (int)content.Length));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Writes the files into an existing directory.</summary>
    public void WriteTo(string path) => WriteTo(path, SystemCallLog.Root);

    private void WriteTo(string path, int directory)
    {
        foreach (var ((_, name), (node, isDirectory)) in names.Where(n => n.Key.Directory == directory))
        {
            string child = Path.Combine(path, name);
            if (isDirectory)
            {
                Directory.CreateDirectory(child);
                WriteTo(child, node);
            }
            else
            {
                var content = contents[node];
                using var file = File.Create(child);
                file.Write(content.GetBuffer(), 0, (int)content.Length);
            }
        }
    }

    private void Apply(DiskOperation operation, int atMost)
    {
        switch (operation)
        {
            case DiskOperation.Link link:
                names[(link.Directory, link.Name)] = (link.Node, link.IsDirectory);
                if (!link.IsDirectory) _ = ContentOf(link.Node);
                break;
            case DiskOperation.Unlink unlink:
                names.Remove((unlink.Directory, unlink.Name));
                break;
            case DiskOperation.Rename rename:
                if (names.Remove((rename.FromDirectory, rename.From), out var moved)) names[(rename.ToDirectory, rename.To)] = moved;
                break;
            case DiskOperation.Write write:
                var content = ContentOf(write.Node);
                content.Position = write.Offset; // what lies between the old end and here reads as zero
                content.Write(write.Bytes.AsSpan(0, Math.Min(atMost, write.Bytes.Length)));
                break;
            case DiskOperation.Resize resize:
                ContentOf(resize.Node).SetLength(resize.Length);
                break;
        }
    }

    private MemoryStream ContentOf(int node)
    {
        if (!contents.TryGetValue(node, out var content)) contents.Add(node, content = new MemoryStream());
        return content;
    }
}
