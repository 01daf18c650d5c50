using System.Runtime.CompilerServices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>How a meter is mounted; from the building file.</summary>
public sealed record SmlDeviceOptions
{
    /// <summary>The meter counts the other way round: import and export registers are exchanged and power is negated.</summary>
    public bool Invert { get; init; }

    /// <summary>CT factor by which energies and powers are multiplied once; 1 for meters that count primary values. Greater than 0.</summary>
    public decimal Ratio { get; init; } = 1;

    /// <summary>Frames at most this far apart are normal; most meters send one each second.</summary>
    public Duration ExpectedPeriod { get; init; } = Duration.FromSeconds(2);
}

/// <summary>A meter that pushes SML frames over a link that only it uses.</summary>
public sealed class SmlDevice : IDevice
{
    /// <summary>Time without a byte after which an unfinished frame is given up: about 190 byte times at 9600 baud.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);

    private readonly IByteLink link;
    private readonly TimeProvider clock;
    private readonly IFrameTap? tap;
    private readonly SmlReadingBuilder builder;
    private readonly SmlDecoder decoder = new();
    private readonly SmlObservations observations;
    private readonly TimeSpan silence;
    private volatile IReadOnlyList<SmlDiagnosis> diagnosis = [];

    /// <param name="id">Name in the building file.</param>
    /// <param name="role">Place in the building.</param>
    /// <param name="link">Opened and closed by the device.</param>
    /// <param name="clock">Stamps the readings.</param>
    /// <param name="options">How the meter is mounted.</param>
    /// <param name="statistics">Counts what passes over the link.</param>
    /// <param name="tap">Sees every frame; absent if nobody looks.</param>
    public SmlDevice(DeviceId id, DeviceRole role, IByteLink link, TimeProvider clock, SmlDeviceOptions options, LinkStatistics statistics, IFrameTap? tap = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Ratio, 0);
        (Id, Role, ExpectedPeriod, Statistics) = (id, role, options.ExpectedPeriod, statistics);
        (this.link, this.clock, this.tap) = (link, clock, tap);
        builder = new SmlReadingBuilder(id, new(role, options.Invert, options.Ratio));
        observations = new SmlObservations(decoder);
        // The line keeps real time even where the model's clock runs faster.
        silence = clock is ModelTimeProvider model ? Silence * model.Factor : Silence;
    }

    public DeviceId Id { get; }

    public DeviceRole Role { get; }

    public Duration ExpectedPeriod { get; }

    /// <summary>What has passed over the link.</summary>
    public LinkStatistics Statistics { get; }

    /// <summary>What is to be said about the line and the meter, as of the last frame. Safe from any thread.</summary>
    public IReadOnlyList<SmlDiagnosis> Diagnosis => diagnosis;

    public async IAsyncEnumerable<Reading> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await link.OpenAsync(cancellationToken);
        var buffer = new byte[1024];
        try
        {
            while (true)
            {
                long before = clock.GetTimestamp();
                int count = await link.ReadAsync(buffer, cancellationToken);
                if (count == 0)
                    throw new IOException($"CME-1130 {link.Name}: the line was closed by the other side. Check that the reading head is plugged in and powered; reading is tried again.");
                var now = clock.GetUtcNow();
                var monotonic = clock.GetElapsedTime(0);
                // Only the time spent waiting counts: bytes that were there already have not been late.
                if (decoder.InFrame && clock.GetElapsedTime(before) >= silence) GiveUpUnfinished();
                Statistics.CountBytes(count);
                for (int taken = 0; TryRead(buffer.AsSpan(0, count), ref taken);)
                    yield return builder.Build(decoder.Frame, Instant.FromDateTimeOffset(now), Duration.FromTimeSpan(monotonic));
            }
        }
        finally
        {
            GiveUpUnfinished();
            await link.CloseAsync();
        }
    }

    public ValueTask DisposeAsync() => link.DisposeAsync();

    /// <summary>Goes on to the next good frame; false when the bytes are used up.</summary>
    private bool TryRead(ReadOnlySpan<byte> bytes, ref int taken)
    {
        var rest = bytes[taken..];
        while (true)
        {
            var outcome = decoder.Read(ref rest);
            taken = bytes.Length - rest.Length;
            if (outcome == SmlOutcome.NeedMore) return false;
            Record(outcome);
            if (outcome == SmlOutcome.Accepted) return true;
        }
    }

    private void GiveUpUnfinished()
    {
        // What is rescanned here may hold a complete frame only after damage; its value is old by then and the next frame is near.
        for (SmlOutcome outcome; (outcome = decoder.EndOfSilence()) != SmlOutcome.NeedMore;) Record(outcome);
    }

    private void Record(SmlOutcome outcome)
    {
        observations.Saw(outcome);
        FrameFault? fault = outcome switch
        {
            SmlOutcome.Accepted => null,
            SmlOutcome.Rejected => decoder.Frame.Fault == SmlFault.Structure ? FrameFault.Malformed : FrameFault.Crc,
            _ => FrameFault.Truncated,
        };
        if (fault is { } what) Statistics.CountFault(what);
        else Statistics.CountGood();
        tap?.Frame(Id, WireProtocol.Sml, decoder.Wire, fault);
        diagnosis = observations.Diagnose();
    }
}
