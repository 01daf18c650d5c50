using CoMaKo.Devices.Protocols.Sml;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Devices.Tests.Sml;

/// <summary>What the driver makes of the frames of all kinds of meters (metering.md 2.5–2.9).</summary>
public sealed class SmlDeviceTests
{
    private static readonly DeviceId Meter = new("meter");
    private readonly FakeTimeProvider clock = new();
    private readonly LinkStatistics statistics = new();

    [Fact]
    public async Task ReadAsync_FnnMeter_GivesOneConsistentReading()
    {
        var reading = await ReadOne("fnn_phases");

        Assert.Equal((Meter, "0a01544d4f00000003e9", 123456L, MeterAlarms.None), (reading.Device, reading.ServerId, reading.MeterSeconds, reading.Status));
        Assert.Equal(Instant.FromDateTimeOffset(clock.GetUtcNow()), reading.At);
        Assert.Equal(
            [
                new MeasuredValue(Measurand.ActiveEnergyImport, ObisCode.ActiveEnergyImport, 5430157.7m, 0.1m, false, false),
                new MeasuredValue(Measurand.ActiveEnergyExport, ObisCode.ActiveEnergyExport, 424.2m, 0.1m, false, false),
                new MeasuredValue(Measurand.ActivePower, ObisCode.ActivePower, -1500, 1, false, false),
                new MeasuredValue(Measurand.ActivePowerL1, new ObisCode(1, 0, 36, 7, 0, 255), 120, 1, false, false),
                new MeasuredValue(Measurand.ActivePowerL2, new ObisCode(1, 0, 56, 7, 0, 255), -800, 1, false, false),
                new MeasuredValue(Measurand.ActivePowerL3, new ObisCode(1, 0, 76, 7, 0, 255), -820, 1, false, false),
            ],
            reading.Values);
    }

    [Theory]
    [InlineData("unsigned_power_export", -1234.5)]
    [InlineData("unsigned_power_import", 1234.5)]
    public async Task ReadAsync_UnsignedPower_TakesTheSignFromStatusBit5(string file, double watts)
    {
        var power = (await ReadOne(file)).Values.Single(v => v.Measurand == Measurand.ActivePower);

        Assert.Equal(new MeasuredValue(Measurand.ActivePower, ObisCode.ActivePower, (decimal)watts, 0.1m, false, true), power);
    }

    [Fact]
    public async Task ReadAsync_SignedPowerWithClearStatusBit_KeepsItsOwnSign() =>
        Assert.Equal(-5600m, (await ReadOne("signed_import_power")).Find(Measurand.ActivePower));

    [Fact]
    public async Task ReadAsync_DzgSignDefect_GivesTruePower() => Assert.Equal(356.24m, (await ReadOne("dzg_defect_two_bytes")).Find(Measurand.ActivePower));

    [Fact]
    public async Task ReadAsync_TariffsWithoutTotal_DerivesTheirSum()
    {
        var reading = await ReadOne("old_ehz_tariffs");

        Assert.Equal(12345678.9m, reading.Find(Measurand.ActiveEnergyImportTariff1));
        Assert.Equal(471.1m, reading.Find(Measurand.ActiveEnergyImportTariff2));
        Assert.Equal(new MeasuredValue(Measurand.ActiveEnergyImport, ObisCode.ActiveEnergyImport, 12346150.0m, 0.1m, false, true), reading.Values.Single(v => v.IsDerived));
        Assert.Equal(321.5m, reading.Find(Measurand.ActivePower));
        Assert.Null(reading.Find(Measurand.ActiveEnergyExport));
    }

    [Fact]
    public async Task ReadAsync_OnePowerRegisterForEachDirection_DerivesTheDifference() =>
        Assert.Equal(-1234m, (await ReadOne("two_directions")).Find(Measurand.ActivePower));

    [Fact]
    public async Task ReadAsync_ValueAbsent_LeavesItOut()
    {
        var reading = await ReadOne("value_absent");

        Assert.Null(reading.Find(Measurand.ActiveEnergyImport));
        Assert.Equal(-1500m, reading.Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task ReadAsync_ReducedDataSet_HasAStepOfOneKilowattHour()
    {
        var import = (await ReadOne("reduced_64_bit")).Values.Single(v => v.Measurand == Measurand.ActiveEnergyImport);

        Assert.Equal((2_043_000m, 1000m), (import.Value, import.Step));
    }

    [Fact]
    public async Task ReadAsync_GridValues_AreNamedInTheirUnits()
    {
        var reading = await ReadOne("full_list");

        Assert.Equal((232.5m, 1.43m, 50.0m), (reading.Find(Measurand.VoltageL1), reading.Find(Measurand.CurrentL1), reading.Find(Measurand.Frequency)));
        Assert.Contains(reading.Values, v => v is { Measurand: Measurand.Other, Value: 240, Obis: { C: 81, E: 2 } });
    }

    [Fact]
    public async Task ReadAsync_StatusWordWithAlarms_ReportsThem() =>
        Assert.Equal(MeterAlarms.MagneticInfluence | MeterAlarms.TerminalCoverOpened | MeterAlarms.FatalError, (await ReadOne("alarms")).Status);

    [Theory]
    [InlineData("time_bare", 5000L)]
    [InlineData("time_sec_index", 5000L)]
    [InlineData("time_list_for_choice_1", 5000L)]
    [InlineData("time_utc", null)]
    [InlineData("time_local", null)]
    public async Task ReadAsync_Time_IsASecondsIndexOnlyWhereItSaysSo(string file, long? seconds) => Assert.Equal(seconds, (await ReadOne(file)).MeterSeconds);

    [Fact]
    public async Task ReadAsync_Inverted_ExchangesImportAndExportAndNegatesPower()
    {
        var reading = await ReadOne("fnn_phases", new SmlDeviceOptions { Invert = true });

        Assert.Equal((424.2m, 5430157.7m), (reading.Find(Measurand.ActiveEnergyImport), reading.Find(Measurand.ActiveEnergyExport)));
        Assert.Equal(ObisCode.ActiveEnergyImport, reading.Values.Single(v => v.Measurand == Measurand.ActiveEnergyImport).Obis);
        Assert.Equal((1500m, -120m), (reading.Find(Measurand.ActivePower), reading.Find(Measurand.ActivePowerL1)));
    }

    [Fact]
    public async Task ReadAsync_WithRatio_MultipliesEnergiesAndPowersAndTheirStepsOnce()
    {
        var reading = await ReadOne("full_list", new SmlDeviceOptions { Ratio = 50 });

        var import = reading.Values.Single(v => v.Measurand == Measurand.ActiveEnergyImport);
        Assert.Equal((271507885m, 5m), (import.Value, import.Step));
        Assert.Equal((-75000m, 6000m, 232.5m), (reading.Find(Measurand.ActivePower), reading.Find(Measurand.ActivePowerL1), reading.Find(Measurand.VoltageL1)));
    }

    [Fact]
    public async Task ReadAsync_LinkClosed_ThrowsAndSaysWhatToCheck()
    {
        var device = Device(new ScriptedLink([SmlRun.CorpusFile("fnn_basic")], clock));
        var readings = new List<Reading>();

        var error = await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var reading in device.ReadAsync(CancellationToken.None)) readings.Add(reading);
        });

        Assert.Single(readings);
        Assert.StartsWith("CME-1130 test link", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_FrameCutBySilence_IsCountedAndTheNextIsRead()
    {
        byte[] frame = SmlRun.CorpusFile("fnn_basic");
        var tap = new Tap();
        var link = new ScriptedLink([frame[..100], frame], clock) { Pause = TimeSpan.FromMilliseconds(200) };

        var reading = await First(Device(link, tap: tap));

        Assert.Equal(-1500m, reading.Find(Measurand.ActivePower));
        Assert.Equal((1L, 1L, 332L), (statistics.GoodFrames, statistics.OtherErrors, statistics.Bytes));
        Assert.Equal([(100, FrameFault.Truncated), (232, null)], tap.Frames);
    }

    [Fact]
    public async Task ReadAsync_PiecesWithoutSilence_AreOneFrame()
    {
        byte[] frame = SmlRun.CorpusFile("fnn_basic");
        var link = new ScriptedLink([frame[..100], frame[100..200], frame[200..]], clock) { Pause = TimeSpan.FromMilliseconds(199) };

        Assert.Equal(-1500m, (await First(Device(link))).Find(Measurand.ActivePower));
        Assert.Equal((1L, 0L), (statistics.GoodFrames, statistics.OtherErrors));
    }

    [Fact]
    public async Task ReadAsync_DamagedFrame_IsCountedShownAndDiagnosed()
    {
        var tap = new Tap();
        var device = Device(new ScriptedLink([SmlRun.CorpusFile("damage_bit")], clock), tap: tap);

        await First(device);

        Assert.Equal((1L, 1L), (statistics.GoodFrames, statistics.CrcErrors));
        Assert.Equal([(232, FrameFault.Crc), (292, null)], tap.Frames);
        Assert.Contains(device.Diagnosis, d => d is { Code: "CME-1112", IsWarning: true });
    }

    [Fact]
    public async Task ReadAsync_PortNotRaw_IsDiagnosed()
    {
        var device = Device(new ScriptedLink([SmlRun.CorpusFile("not_raw")], clock));

        await Assert.ThrowsAsync<IOException>(() => First(device));

        Assert.Contains(SmlDiagnosis.NotRaw, device.Diagnosis);
    }

    private Task<Reading> ReadOne(string file, SmlDeviceOptions? options = null) => First(Device(new ScriptedLink([SmlRun.CorpusFile(file)], clock), options));

    private SmlDevice Device(IByteLink link, SmlDeviceOptions? options = null, IFrameTap? tap = null) =>
        new(Meter, DeviceRole.Grid, link, clock, options ?? new SmlDeviceOptions(), statistics, tap);

    private static async Task<Reading> First(SmlDevice device)
    {
        await foreach (var reading in device.ReadAsync(CancellationToken.None)) return reading;
        throw new InvalidOperationException("No reading.");
    }

    private sealed class Tap : IFrameTap
    {
        public List<(int Length, FrameFault? Fault)> Frames { get; } = [];

        public void Frame(DeviceId device, WireProtocol protocol, ReadOnlySpan<byte> bytes, FrameFault? fault) => Frames.Add((bytes.Length, fault));
    }

    /// <summary>Delivers pieces, letting time pass before each; then it is closed.</summary>
    private sealed class ScriptedLink(IEnumerable<byte[]> pieces, FakeTimeProvider clock) : IByteLink
    {
        private readonly Queue<byte[]> pieces = new(pieces.SelectMany(p => p.Chunk(1024)));

        public TimeSpan Pause { get; init; }

        public string Name => "test link";

        public bool IsOpen { get; private set; }

        public ValueTask OpenAsync(CancellationToken cancellationToken)
        {
            IsOpen = true;
            return ValueTask.CompletedTask;
        }

        public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Assert.True(IsOpen);
            if (!pieces.TryDequeue(out byte[]? piece)) return ValueTask.FromResult(0);
            clock.Advance(Pause);
            piece.CopyTo(buffer);
            return ValueTask.FromResult(piece.Length);
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask CloseAsync()
        {
            IsOpen = false;
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => CloseAsync();
    }
}
