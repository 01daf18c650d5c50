using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace CoMaKo.Integration.Tests.Control;

/// <summary>What stands in the battery inverter, read over a connection of the test's own, byte by byte: nothing of the product is in between.</summary>
internal sealed class Inverter(int port)
{
    private const int OwnMode = 100;

    /// <summary>Whether a set-point is in force.</summary>
    public async Task<bool> IsCommandedAsync() => (await ReadAsync(3, OwnMode, 1))[0] == 1;

    /// <summary>W, + discharge.</summary>
    public async Task<int> PowerAsync()
    {
        ushort[] words = await ReadAsync(4, 0, 2);
        return words[0] << 16 | words[1];
    }

    private async Task<ushort[]> ReadAsync(byte function, int start, int count)
    {
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        byte[] ask = [0, 1, 0, 0, 0, 6, 1, function, (byte)(start >> 8), (byte)start, 0, (byte)count], answer = new byte[9 + 2 * count];
        await socket.GetStream().WriteAsync(ask);
        await socket.GetStream().ReadExactlyAsync(answer);
        Assert.Equal(function, answer[7]);
        return [.. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(9 + 2 * i)))];
    }
}

/// <summary>What the simulator's devices were told and how its contacts moved, with the time at which it happened there.</summary>
internal sealed class WriteLines(string path)
{
    /// <summary>All lines since a time, in order.</summary>
    public IReadOnlyList<DeviceLine> Since(DateTimeOffset from)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var found = new List<DeviceLine>();
        while (reader.ReadLine() is { } text)
        {
            if (!text.EndsWith('}')) break; // half a line: it comes whole with the next look
            var line = JsonDocument.Parse(text).RootElement;
            var at = DateTimeOffset.Parse(line.GetProperty("at").GetString()!, CultureInfo.InvariantCulture);
            if (at >= from) found.Add(Read(line, at));
        }

        return found;
    }

    private static DeviceLine Read(JsonElement line, DateTimeOffset at)
    {
        if (line.TryGetProperty("contact", out var contact)) return new(at, $"contact {contact.GetString()}", 0, [line.GetProperty("closed").GetBoolean() ? 1 : 0]);
        int[] values = line.TryGetProperty("registers", out var registers)
            ? [.. registers.EnumerateArray().Select(r => r.GetInt32())]
            : [.. line.GetProperty("coils").EnumerateArray().Select(c => c.GetBoolean() ? 1 : 0)];
        return new(at, line.GetProperty("device").GetString()!, line.GetProperty("start").GetInt32(), values);
    }
}

/// <param name="At">When it happened at the device.</param>
/// <param name="Values">Registers; coils and contacts as 0 and 1.</param>
internal sealed record DeviceLine(DateTimeOffset At, string Device, int Start, int[] Values)
{
    public override string ToString() => $"{At:ss.fff} {Device} {Start}={string.Join(' ', Values)}";
}
