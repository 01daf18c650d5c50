using CoMaKo.Quantities;
using Microsoft.Data.Sqlite;

namespace CoMaKo.Scenarios.Sync;

/// <summary>A box in a basement: a disk, the meters it reads, and the process that runs or not. A cloned disk is a second box with the same identity.</summary>
internal sealed class SimulatedGateway
{
    private readonly Simulation world;
    private readonly List<string> images = [];
    private int copies;

    public SimulatedGateway(Simulation world, string name, GatewayId gateway, IReadOnlyList<RegisterId> registers, string folder)
    {
        (this.world, Name, Gateway, Registers, Folder) = (world, name, gateway, registers, folder);
        Directory.CreateDirectory(folder);
    }

    public string Name { get; }

    public GatewayId Gateway { get; }

    public IReadOnlyList<RegisterId> Registers { get; }

    public string Folder { get; }

    /// <summary>Absent while the box is off.</summary>
    public SimulatedProcess? Process { get; private set; }

    public bool IsCutOff { get; set; }

    public bool HasImage => images.Count > 0;

    /// <summary>False after the loss of the disk, until the next start.</summary>
    public bool HasStore => Directory.Exists(Store);

    private string Store => Path.Combine(Folder, "store");

    /// <summary>What the meter really shows: rises for ever, the same for every box that reads it.</summary>
    public Energy TotalAt(RegisterId register, long unixSeconds)
    {
        int kind = register.Value[1];
        return new Energy((unixSeconds / 60 * (3 + (kind % 5))) + (unixSeconds / 900 % 7));
    }

    public void Start()
    {
        if (Process is not null) return;
        world.Timeline.Note($"{Name}: starts");
        Process = new SimulatedProcess(world, this);
        Process.Run();
    }

    public void Kill(string why)
    {
        if (Process is null) return;
        Process.Die();
        Process = null;
        var off = world.Timeline.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(50));
        world.Timeline.Note($"{Name}: killed {why}, off for {off:c}");
        world.Timeline.After(off, Start);
    }

    /// <summary>Copies the disk, as a backup program would.</summary>
    public void TakeImage()
    {
        if (!HasStore) return;
        string image = Path.Combine(Folder, FormattableString.Invariant($"image-{++copies}"));
        CopyTo(image);
        images.Add(image);
        world.Timeline.Note($"{Name}: image {copies} taken");
    }

    /// <summary>Goes on with an older image.</summary>
    public void RestoreImage()
    {
        Kill("to restore an image");
        string image = images[world.Timeline.Draw(images.Count)];
        if (HasStore) Directory.Delete(Store, recursive: true);
        CopyFolder(image, Store);
        world.Timeline.Note($"{Name}: {Path.GetFileName(image)} restored");
    }

    /// <summary>The disk is replaced by an empty one.</summary>
    public void LoseStore()
    {
        if (!HasStore) return;
        Kill("with its disk");
        Directory.Delete(Store, recursive: true);
        world.Timeline.Note($"{Name}: disk lost");
    }

    /// <summary>Copies the present disk to another box.</summary>
    public void CopyTo(string folder) => CopyFolder(Store, folder);

    /// <summary>A bit of a record flips on the disk.</summary>
    public void DamageRecord()
    {
        if (!HasStore) return;
        using var disk = OpenDisk();
        long last = Convert.ToInt64(Scalar(disk, "SELECT coalesce(max(sequence), 0) FROM record"), System.Globalization.CultureInfo.InvariantCulture);
        if (last == 0) return;
        long sequence = last - world.Timeline.Draw((int)Math.Min(last, 20));
        Scalar(disk, FormattableString.Invariant($"UPDATE record SET bytes = x'ff' || substr(bytes, 2) WHERE sequence = {sequence}"));
        world.Timeline.Note(FormattableString.Invariant($"{Name}: record {sequence} damaged on the disk"));
    }

    /// <summary>Identities of all records on the disk.</summary>
    public IReadOnlyList<string> Held()
    {
        if (!HasStore) return [];
        using var disk = OpenDisk();
        using var command = disk.CreateCommand();
        command.CommandText = "SELECT hex(hash) FROM record";
        using var rows = command.ExecuteReader();
        var held = new List<string>();
        while (rows.Read()) held.Add(rows.GetString(0));
        return held;
    }

    private SqliteConnection OpenDisk()
    {
        var disk = new SqliteConnection($"Data Source={Path.Combine(Store, "outbox.db")};Pooling=False");
        disk.Open();
        return disk;
    }

    private static object? Scalar(SqliteConnection disk, string sql)
    {
        using var command = disk.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        // The index of the log (-shm) is made anew from the log.
        foreach (string file in Directory.GetFiles(from).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
