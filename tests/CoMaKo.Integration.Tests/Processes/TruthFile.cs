using System.Text.Json;

namespace CoMaKo.Integration.Tests.Processes;

/// <summary>What the simulator says really happened: exact totals at each quarter hour.</summary>
internal sealed class TruthFile
{
    private readonly Dictionary<(string Register, long SlotEnd), decimal> wattHours = [];

    public TruthFile(string path)
    {
        foreach (string line in File.ReadLines(path))
        {
            if (!line.EndsWith('}')) continue; // being written
            using var document = JsonDocument.Parse(line);
            if (!document.RootElement.TryGetProperty("second", out var second)) continue;
            var grid = document.RootElement.GetProperty("devices").GetProperty("grid");
            string meter = grid.GetProperty("serverId").GetString()!;
            wattHours[($"{meter}~1-0.1.8.0", second.GetInt64())] = grid.GetProperty("import").GetDecimal() / 3_600_000m;
            wattHours[($"{meter}~1-0.2.8.0", second.GetInt64())] = grid.GetProperty("export").GetDecimal() / 3_600_000m;
        }
    }

    /// <summary>The grid meter's exact total in Wh; absent for other registers or slots that the simulator did not see.</summary>
    public decimal? TotalAt(string register, long slotEnd) => wattHours.TryGetValue((register, slotEnd), out decimal total) ? total : null;
}
