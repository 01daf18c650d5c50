using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Simulator;

/// <summary>Plays a capture file on a pseudo terminal, frame by frame, again and again.</summary>
public static class Replay
{
    private const int LargestFile = 16 << 20;

    /// <summary>Between frames, as the info interface of a meter does.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Reads a capture.</summary>
    /// <param name="file">At most 16 MiB.</param>
    /// <returns>Its pieces, cut before each start sequence, nothing left out.</returns>
    /// <exception cref="IOException">The file cannot be read, is empty or too large.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Load(string file)
    {
        if (new FileInfo(file) is { Exists: true, Length: > LargestFile }) throw new IOException($"{file} is larger than 16 MiB; cut a part out of it.");
        byte[] bytes = File.ReadAllBytes(file);
        return bytes.Length > 0 ? Split(bytes) : throw new IOException($"{file} is empty.");
    }

    /// <param name="pieces">What <see cref="Load"/> gave.</param>
    /// <param name="line">Where it is played.</param>
    /// <param name="baud">Bytes leave as slowly as at this speed (ten bits each); absent: each frame at once.</param>
    /// <param name="time">Paces frames and bytes.</param>
    public static async Task RunAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> pieces, PseudoTerminal line, int? baud, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(time);
        using var timer = new PeriodicTimer(Period, time);
        while (true)
        {
            foreach (var piece in pieces)
            {
                await SendAsync(piece, line, baud, time, cancellationToken);
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
    }

    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> start = [0x1B, 0x1B, 0x1B, 0x1B, 0x01, 0x01, 0x01, 0x01];
        var pieces = new List<ReadOnlyMemory<byte>>();
        int from = 0;
        for (int at = 1; at <= bytes.Length; at++)
        {
            if (at < bytes.Length && !bytes.Span[at..].StartsWith(start)) continue;
            pieces.Add(bytes[from..at]);
            from = at;
        }

        return pieces;
    }

    private static async Task SendAsync(ReadOnlyMemory<byte> piece, PseudoTerminal line, int? baud, TimeProvider time, CancellationToken cancellationToken)
    {
        if (baud is not { } speed)
        {
            await line.WriteAsync(piece, cancellationToken);
            return;
        }

        // Serial adapters hand over what came in some milliseconds.
        int chunk = Math.Max(1, speed / 10 / 50);
        for (int i = 0; i < piece.Length; i += chunk)
        {
            await line.WriteAsync(piece[i..Math.Min(piece.Length, i + chunk)], cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(chunk * 10.0 / speed), time, cancellationToken);
        }
    }
}
