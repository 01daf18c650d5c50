using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>The ports of control, each absent where the host has none: a gateway may also only read.</summary>
internal sealed record ControlPorts(IControlSource? Source, IPlanSource? Plan, IControlHistory? History, IControlCommands? Commands)
{
    public static ControlPorts Of(IServiceProvider services) => new(
        services.GetService<IControlSource>(), services.GetService<IPlanSource>(), services.GetService<IControlHistory>(), services.GetService<IControlCommands>());
}
