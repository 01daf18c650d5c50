using System.Globalization;

namespace CoMaKo.Integration.Tests.Crash;

/// <summary>What the process had said by some point: all of it must hold in every disk that a power cut after that point can leave.</summary>
internal sealed class Promises
{
    private readonly Dictionary<long, string> records = [];
    private readonly HashSet<long> marks = [0];

    private Promises()
    {
    }

    /// <summary>Identity of each durable record by sequence.</summary>
    public IReadOnlyDictionary<long, string> Records => records;

    /// <summary>Absent before the store existed, or while it changes.</summary>
    public string? Epoch { get; private set; }

    /// <summary>Whether the store had been created.</summary>
    public bool Exists { get; private set; }

    /// <summary>The mark, and the next one while it is being set; empty while the epoch changes.</summary>
    public IReadOnlySet<long> Marks => marks;

    /// <summary>Records below may be gone.</summary>
    public long First { get; private set; } = 1;

    /// <summary>Promises after the first <paramref name="count"/> operations.</summary>
    public static Promises After(IReadOnlyList<DiskOperation> operations, int count)
    {
        var promises = new Promises();
        for (int i = 0; i < count; i++)
        {
            if (operations[i] is DiskOperation.Said said) promises.Take(said.Text, operations, i);
        }

        return promises;
    }

    private void Take(string line, IReadOnlyList<DiskOperation> operations, int index)
    {
        string[] words = line.Split(' ');
        switch (words[0])
        {
            case "@epoch":
                (Epoch, Exists) = (words[1], true);
                break;
            case "@has":
                records[Number(words)] = words[2];
                break;
            case "@marking":
                marks.Add(Number(words));
                break;
            case "@mark":
                marks.Clear();
                marks.Add(Number(words));
                break;
            case "@renewing":
                Epoch = null;
                marks.Clear();
                break;
            case "@pruning":
                // It says what went only afterwards.
                First = operations.Skip(index).OfType<DiskOperation.Said>().First(s => s.Text.StartsWith("@first", StringComparison.Ordinal)) is var next ? Number(next.Text.Split(' ')) : First;
                break;
            case "@first":
                First = Number(words);
                break;
            default:
                throw new InvalidDataException($"Unknown line {line}.");
        }
    }

    private static long Number(string[] words) => long.Parse(words[1], CultureInfo.InvariantCulture);
}
