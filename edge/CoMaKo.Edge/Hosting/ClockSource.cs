using CoMaKo.Devices.Linux;
using CoMaKo.Edge.Acquisition;

namespace CoMaKo.Edge.Hosting;

/// <summary>The kernel's word on whether a time source disciplines the clock.</summary>
internal sealed class KernelClock : IClockSource
{
    public bool IsSynchronised => SystemClock.IsSynchronised();
}

/// <summary>A demonstration's clock is right by definition.</summary>
internal sealed class DemonstrationClock : IClockSource
{
    public bool IsSynchronised => true;
}
