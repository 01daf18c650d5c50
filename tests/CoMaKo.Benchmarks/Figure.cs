using System.Text.Json;

namespace CoMaKo.Benchmarks;

/// <summary>One measured figure, printed as one JSON line.</summary>
/// <param name="Name">What was measured, e.g. <c>sml.decode</c>.</param>
/// <param name="Value">The product's figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Peer">The same figure of the program compared with; absent where there is none.</param>
/// <param name="Ratio">Value to peer; absent where there is none.</param>
internal sealed record Figure(string Name, double Value, string Unit, double? Peer = null, double? Ratio = null)
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public void Print() => Console.WriteLine(JsonSerializer.Serialize(this, Format));
}
