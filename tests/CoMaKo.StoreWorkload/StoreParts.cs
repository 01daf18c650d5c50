using CoMaKo.Edge.Storage;

namespace CoMaKo.StoreWorkload;

/// <summary>The parts of this build that keep the buffer, by the names of the building file.</summary>
public static partial class StoreParts
{
    public static IReadOnlyDictionary<string, StorePart> All { get; } = Parts();

    private static Dictionary<string, StorePart> Parts()
    {
        var parts = new Dictionary<string, StorePart>(StringComparer.Ordinal) { ["sqlite"] = SqliteOutbox.Part };
        AddOptional(parts);
        return parts;
    }

    /// <summary>Present only in a build with <c>-p:Adapters=nuget</c>.</summary>
    static partial void AddOptional(Dictionary<string, StorePart> parts);
}
