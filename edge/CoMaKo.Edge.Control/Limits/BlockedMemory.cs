using System.Collections.Immutable;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>Blocked directions of all batteries, kept by device id: the order in the building file may change between two runs.</summary>
internal static class BlockedMemory
{
    public static ImmutableDictionary<string, BlockedDirections> Of(LimitSettings settings, BlockedDirections[] blocked) =>
        settings.Batteries.Select((battery, i) => KeyValuePair.Create(battery.Id.Value, blocked[i])).Where(b => b.Value != BlockedDirections.None).ToImmutableDictionary();

    public static void Recall(LimitSettings settings, ImmutableDictionary<string, BlockedDirections> memory, BlockedDirections[] blocked)
    {
        for (int i = 0; i < blocked.Length; i++) blocked[i] = memory.GetValueOrDefault(settings.Batteries[i].Id.Value, BlockedDirections.None);
    }
}
