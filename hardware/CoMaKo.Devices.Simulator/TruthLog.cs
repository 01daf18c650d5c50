using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CoMaKo.Devices.Simulator.Devices;
using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator;

/// <summary>
/// What really happened, for tests to compare with: one JSON line for each quarter hour with the exact totals of all devices in milliwatt seconds
/// (3 600 000 are one Wh), and one for each fault. A restarted simulator does not write a quarter hour twice.
/// </summary>
public sealed class TruthLog : IDisposable
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // files and pipes, never a page
    };

    private readonly Lock gate = new();
    private readonly StreamWriter writer;
    private long last;

    public TruthLog(string path)
    {
        last = File.Exists(path) ? LastSecond(File.ReadLines(path)) : long.MinValue;
        bool isCut = File.Exists(path) && !File.ReadAllText(path).EndsWith('\n');
        writer = new StreamWriter(path, append: true) { AutoFlush = true };
        if (isCut && writer.BaseStream.Position > 0) writer.WriteLine(); // a killed process left half a line
    }

    /// <summary>One quarter hour.</summary>
    public void Write(BuildingMoment at, IEnumerable<SimulatedDevice> devices)
    {
        lock (gate)
        {
            if (at.Second <= last) return;
            last = at.Second;
            var truths = devices.Select(d => (d.Id, Truth: d.Truth(at))).Where(d => d.Truth is not null).ToDictionary(d => d.Id, d => d.Truth);
            writer.WriteLine(JsonSerializer.Serialize(new { at.Second, At = at.At.ToString(), Devices = truths, at.StoredEnergy }, Web));
        }
    }

    /// <summary>A fault that was switched.</summary>
    public void Write(long second, FaultSwitch change)
    {
        lock (gate) writer.WriteLine(JsonSerializer.Serialize(new { FaultAt = second, Fault = change.ToString() }, Web));
    }

    /// <summary>A contact that was switched.</summary>
    public void Write(long second, string contact)
    {
        lock (gate) writer.WriteLine(JsonSerializer.Serialize(new { ContactAt = second, Contact = contact }, Web));
    }

    public void Dispose() => writer.Dispose();

    private static long LastSecond(IEnumerable<string> lines)
    {
        long found = long.MinValue;
        foreach (string line in lines)
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                if (document.RootElement.TryGetProperty("second", out var second)) found = second.GetInt64();
            }
            catch (JsonException)
            {
                // Cut by a killed process.
            }
        }

        return found;
    }
}
