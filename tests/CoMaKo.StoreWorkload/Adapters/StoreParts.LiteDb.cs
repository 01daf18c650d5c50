using CoMaKo.Edge.Storage;
using CoMaKo.Edge.Storage.LiteDb;

namespace CoMaKo.StoreWorkload;

/// <summary>The optional part LiteDB.</summary>
public static partial class StoreParts
{
    static partial void AddOptional(Dictionary<string, StorePart> parts) => parts["litedb"] = LiteDbOutbox.Part;
}
