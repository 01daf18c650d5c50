using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CoMaKo.Devices.Simulator;

/// <summary>
/// What the devices were told, one JSON line for each write they took, stamped with the computer's clock when it arrived (not with model time):
/// for whoever measures how fast a command reaches a device.
/// </summary>
public sealed class WriteLog(string path, TimeProvider real) : IDisposable
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // files and pipes, never a page
    };

    private readonly Lock gate = new();
    private readonly StreamWriter writer = new(path, append: true) { AutoFlush = true };

    /// <summary>Registers that a device took.</summary>
    public void Registers(string device, int start, ReadOnlySpan<ushort> values) => Write(new { At = real.GetUtcNow(), Device = device, Start = start, Registers = values.ToArray() });

    /// <summary>Coils that a device took.</summary>
    public void Coils(string device, int start, ReadOnlySpan<bool> values) => Write(new { At = real.GetUtcNow(), Device = device, Start = start, Coils = values.ToArray() });

    /// <summary>A contact of the grid operator that was switched, for the way from its edge to the registers.</summary>
    public void Contact(string contact, bool closed) => Write(new { At = real.GetUtcNow(), Contact = contact, Closed = closed });

    public void Dispose() => writer.Dispose();

    private void Write(object line)
    {
        lock (gate) writer.WriteLine(JsonSerializer.Serialize(line, Web));
    }
}
