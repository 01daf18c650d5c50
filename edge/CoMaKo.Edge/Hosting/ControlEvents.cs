using CoMaKo.Devices.Protocols.Relays;

namespace CoMaKo.Edge.Hosting;

/// <summary>Logs every change of a contact: the grid operator may ask what was seen and when.</summary>
internal sealed partial class ControlEvents(ILogger<ControlEvents> log)
{
    public void Changed(RelayEdge edge)
    {
        string state = edge.IsClosed is not { } closed ? "lost" : closed ? "closed" : "open";
        Edge(edge.Meaning.ToString(), edge.Source, state, edge.IsActive is { } active ? active ? "given" : "not given" : "unknown");
    }

    [LoggerMessage(1, LogLevel.Information, "Contact {Meaning} ({Source}) is {State}: the signal is {Given}")]
    private partial void Edge(string meaning, string source, string state, string given);
}
