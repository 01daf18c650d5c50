using System.Text.Json;
using CoMaKo.Devices.Simulator.Devices;
using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator;

/// <summary>What outlives the process: the building and which meters hang in it.</summary>
/// <param name="Moment">The building as last saved; the way from there to now is computed again.</param>
/// <param name="Exchanges">Swaps of the SML meters by device.</param>
public sealed record SimulatorState(BuildingMoment Moment, IReadOnlyDictionary<string, MeterExchange> Exchanges)
{
    /// <summary>The state in the file; absent if there is none, or if it belongs to another building or to the future of this clock.</summary>
    public static SimulatorState? Load(string path, BuildingOptions options, DateTimeOffset now)
    {
        if (!File.Exists(path)) return null;
        try
        {
            var state = JsonSerializer.Deserialize<SimulatorState>(File.ReadAllBytes(path));
            bool fits = state?.Moment.Energy.Flats.Count == options.Flats && state.Moment.Second <= now.ToUnixTimeSeconds();
            return fits ? state : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Replaces the file in one step.</summary>
    public void Save(string path)
    {
        string next = $"{path}.new";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(this));
        File.Move(next, path, overwrite: true);
    }
}
