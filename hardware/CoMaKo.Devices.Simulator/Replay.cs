using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Simulator;

/// <summary>Plays a capture file on a pseudo terminal, frame by frame, again and again.</summary>
public static class Replay
{
    private const int LargestFile = 16 << 20;

    /// <summary>Between frames, as the info interface of a meter does.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <param name="file">SML capture, at most 16 MiB.</param>
    /// <param name="line">Where it is played.</param>
    /// <param name="baud">Bytes leave as slowly as at this speed (ten bits each); absent: each frame at once.</param>
    /// <param name="time">Paces frames and bytes.</param>
    /// <exception cref="IOException">The file cannot be read or is too large.</exception>
    public static async Task RunAsync(string file, PseudoTerminal line, int? baud, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(time);
        if (new FileInfo(file).Length > LargestFile) throw new IOException($"{file} is larger than 16 MiB; cut a part out of it.");
        var pieces = Split(await File.ReadAllBytesAsync(file, cancellationToken));
        if (pieces.Count == 0) throw new IOException($"{file} is empty.");
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

    /// <summary>The file cut before each start sequence, so that nothing of it is lost; what precedes the first one comes with it.</summary>
    internal static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> start = [0x1B, 0x1B, 0x1B, 0x1B, 0x01, 0x01, 0x01, 0x01];
        var pieces = new List<ReadOnlyMemory<byte>>();
        int from = 0;
        while (from < bytes.Length)
        {
            int next = from + 1 < bytes.Length ? bytes.Span[(from + 1)..].IndexOf(start) : -1;
            bool isLeadIn = from == 0 && next >= 0 && !bytes.Span.StartsWith(start);
            if (isLeadIn)
            {
                int second = bytes.Span[(next + 2)..].IndexOf(start);
                next = second < 0 ? -1 : next + 1 + second;
            }

            int to = next < 0 ? bytes.Length : from + 1 + next;
            pieces.Add(bytes[from..to]);
            from = to;
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
