using CoMaKo.Devices;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>The building as acquisition sees it now. Pages and streams look at it a few times a second; nobody is called back, so a slow browser never reaches acquisition.</summary>
public interface ISnapshotSource
{
    /// <summary>The newest snapshot; a new object whenever anything changed. Safe from any thread.</summary>
    BuildingSnapshot Current { get; }
}
