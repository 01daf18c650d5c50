namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>What the product knows of a SunSpec model: points by offset from the ID register.</summary>
/// <param name="Meaning">Points that are a measurand by themselves, in that measurand's unit.</param>
public sealed record SunSpecModel(int Id, IReadOnlyList<SunSpecPoint> Points, IReadOnlyDictionary<Measurand, string> Meaning)
{
    private readonly Dictionary<string, SunSpecPoint> byName = Points.ToDictionary(p => p.Name);

    /// <summary>Registers from the ID register on that hold every point listed here, scale factors included.</summary>
    public int NeededLength { get; } = Points.Max(p => p.End);

    public SunSpecPoint this[string name] => byName[name];

    /// <summary>Models of an inverter's or a storage's alternating-current side, best first.</summary>
    public static readonly int[] Inverters = [701, 103, 102, 101, 113, 112, 111];

    /// <summary>Meter models, best first.</summary>
    public static readonly int[] Meters = [203, 202, 201, 204, 213, 212, 211, 214];

    /// <summary>Models that only a storage has.</summary>
    public static readonly int[] Storages = [802, 713, 124];

    /// <summary>A model by its number; absent if the product does not use it.</summary>
    public static SunSpecModel? Find(int id) => SunSpecCatalogue.All.GetValueOrDefault(id);
}

/// <summary>Layout of a module in model 160, which repeats after a fixed part.</summary>
public static class SunSpecModules
{
    public const int FixedLength = 10;
    public const int Length = 20;

    /// <summary>Direct-current power of module <paramref name="index"/> (from 0); unsigned.</summary>
    public static SunSpecPoint Power(int index) => new("DCW", FixedLength + Length * index + 11, SunSpecType.U16, 4);
}
