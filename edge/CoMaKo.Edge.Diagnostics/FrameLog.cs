using System.Collections.Concurrent;
using CoMaKo.Devices;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>A frame as it was on the wire.</summary>
/// <param name="Number">Counts per device from 1.</param>
/// <param name="At">When its last byte arrived.</param>
/// <param name="Fault">Absent for a good frame.</param>
public sealed record CapturedFrame(long Number, DeviceId Device, WireProtocol Protocol, Instant At, ReadOnlyMemory<byte> Bytes, FrameFault? Fault)
{
    /// <summary>Topic of an MQTT message; absent for other frames.</summary>
    public string? Topic { get; init; }

    /// <summary>The broker had kept this message: no reading came of it.</summary>
    public bool IsRetained { get; init; }
}

/// <summary>Frames of one quarter hour.</summary>
public readonly record struct FrameCount(Instant Start, int Good, int Bad);

/// <summary>Keeps the last frames of every device, and how many were good and bad in each quarter hour of the last day. Safe from any thread.</summary>
/// <remarks>The ring reuses its buffers: a frame costs one copy and no allocation once the ring is full.</remarks>
public sealed class FrameLog(TimeProvider time) : IFrameTap
{
    /// <summary>Frames kept per device.</summary>
    public const int Depth = 50;

    /// <summary>Longer frames are cut; no protocol here sends longer ones (SML: 8 KiB).</summary>
    public const int MaxBytes = 8192;

    private const int Hours24 = 96;
    private const int HeldFrames = 16;
    private readonly ConcurrentDictionary<DeviceId, Ring> rings = new();
    private readonly ConcurrentQueue<CapturedFrame> held = new();

    public void Frame(DeviceId device, WireProtocol protocol, ReadOnlySpan<byte> bytes, FrameFault? fault) => Add(device, protocol, null, false, bytes, fault);

    public void Message(DeviceId device, string topic, bool isRetained, ReadOnlySpan<byte> payload, FrameFault? fault) => Add(device, WireProtocol.Mqtt, topic, isRetained, payload, fault);

    /// <summary>The last frames, newest first, as copies; empty if none came.</summary>
    public IReadOnlyList<CapturedFrame> Recent(DeviceId device) => rings.TryGetValue(device, out var ring) ? ring.Read(device) : [];

    /// <summary>A frame by its number. It is then held beside the ring, so that a paused page keeps it; the last 16 such frames are.</summary>
    /// <returns>Absent if it is neither in the ring nor held.</returns>
    public CapturedFrame? Hold(DeviceId device, long number)
    {
        if (held.FirstOrDefault(frame => frame.Device == device && frame.Number == number) is { } known) return known;
        if (Recent(device).FirstOrDefault(frame => frame.Number == number) is not { } found) return null;
        held.Enqueue(found);
        while (held.Count > HeldFrames) held.TryDequeue(out _);
        return found;
    }

    /// <summary>The last 24 h in 96 quarter hours up to now, oldest first; quarter hours without a frame count 0.</summary>
    public IReadOnlyList<FrameCount> Last24Hours(DeviceId device)
    {
        long now = Quarter(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var counts = new FrameCount[Hours24];
        rings.TryGetValue(device, out var ring);
        for (int i = 0; i < Hours24; i++)
        {
            long quarter = now - Hours24 + 1 + i;
            var (good, bad) = ring?.Count(quarter) ?? default;
            counts[i] = new FrameCount(Instant.FromUnixTimeSeconds(quarter * 900), good, bad);
        }

        return counts;
    }

    private void Add(DeviceId device, WireProtocol protocol, string? topic, bool isRetained, ReadOnlySpan<byte> bytes, FrameFault? fault) =>
        rings.GetOrAdd(device, static _ => new Ring()).Add(new(Instant.FromDateTimeOffset(time.GetUtcNow()), protocol, fault, topic, isRetained), bytes.Length > MaxBytes ? bytes[..MaxBytes] : bytes);

    private static long Quarter(Instant at) => at.ToUnixTimeSeconds() / 900;

    private readonly record struct Head(Instant At, WireProtocol Protocol, FrameFault? Fault, string? Topic, bool IsRetained);

    private sealed class Ring
    {
        private readonly Lock gate = new();
        private readonly (Head Head, int Length, byte[] Bytes)[] slots = new (Head, int, byte[])[Depth];
        private readonly (long Quarter, int Good, int Bad)[] counts = new (long, int, int)[Hours24];
        private long added;

        public void Add(Head head, ReadOnlySpan<byte> bytes)
        {
            lock (gate)
            {
                ref var slot = ref slots[added++ % Depth];
                byte[] buffer = slot.Bytes is { } old && old.Length >= bytes.Length ? old : new byte[(bytes.Length + 63) & ~63];
                bytes.CopyTo(buffer);
                slot = (head, bytes.Length, buffer);

                if (head.IsRetained) return; // of another time: neither good nor bad now
                long quarter = Quarter(head.At);
                ref var count = ref counts[quarter % Hours24];
                if (count.Quarter != quarter) count = (quarter, 0, 0);
                if (head.Fault is null) count.Good++;
                else count.Bad++;
            }
        }

        public CapturedFrame[] Read(DeviceId device)
        {
            lock (gate)
            {
                var frames = new CapturedFrame[Math.Min(added, Depth)];
                for (int i = 0; i < frames.Length; i++)
                {
                    long index = added - 1 - i;
                    var (head, length, bytes) = slots[index % Depth];
                    frames[i] = new CapturedFrame(index + 1, device, head.Protocol, head.At, bytes.AsSpan(0, length).ToArray(), head.Fault) { Topic = head.Topic, IsRetained = head.IsRetained };
                }

                return frames;
            }
        }

        public (int Good, int Bad) Count(long quarter)
        {
            lock (gate)
            {
                var count = counts[quarter % Hours24];
                return count.Quarter == quarter ? (count.Good, count.Bad) : default;
            }
        }
    }
}
