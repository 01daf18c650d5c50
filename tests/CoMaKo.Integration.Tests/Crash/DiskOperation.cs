namespace CoMaKo.Integration.Tests.Crash;

/// <summary>One recorded change of files, or what the process said in between. Nodes are numbers, as inodes are: a rename changes names, not nodes.</summary>
internal abstract record DiskOperation
{
    /// <summary>A new file or directory gets a name.</summary>
    public sealed record Link(int Directory, string Name, int Node, bool IsDirectory) : DiskOperation;

    public sealed record Unlink(int Directory, string Name) : DiskOperation;

    public sealed record Rename(int FromDirectory, string From, int ToDirectory, string To) : DiskOperation;

    public sealed record Write(int Node, long Offset, byte[] Bytes) : DiskOperation;

    public sealed record Resize(int Node, long Length) : DiskOperation;

    /// <summary>Everything done to this file, or to the names in this directory, is durable from here on.</summary>
    public sealed record Sync(int Node) : DiskOperation;

    /// <summary>A line on standard output.</summary>
    public sealed record Said(string Text) : DiskOperation;

    /// <summary>The node whose sync makes this durable; absent for what is no change.</summary>
    public int? SyncedBy => this switch
    {
        Link link => link.Directory,
        Unlink unlink => unlink.Directory,
        Rename rename => rename.ToDirectory,
        Write write => write.Node,
        Resize resize => resize.Node,
        _ => null,
    };

    /// <summary>Names, which file systems keep in order; contents may reach the disk in any order.</summary>
    public bool IsName => this is Link or Unlink or Rename;
}
