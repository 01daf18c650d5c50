using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Views;
using CoMaKo.Edge.Hosting;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace CoMaKo.Edge.Tests.Hosting;

public sealed class EnclosureTests
{
    private const string Base = """
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        buses:
          - { id: head, serial: /dev/ttyUSB0 }
        devices:
          - { id: grid, role: grid, bus: head, protocol: sml }
        enclosure: { sensor: sht3x }
        lamp: { chip: gpiochip0, green: 5, red: 6, lightsWhen: low }
        """;

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Read_SensorAndLamp_AreServedByTheDefaultParts()
    {
        var building = Read(Base).Building!;
        Assert.Equal(new EnclosureSettings("sht3x", 1, 0x44, "sysfs"), building.Enclosure);
        Assert.Equal(new StatusLightSettings("gpiochip0", 5, 6, true, 0, 0, "gpio"), building.StatusLight);
        Assert.Equal(["Buffer", "Service manager", "Enclosure sensor", "Status light", "GPIO lines"], Ports.Of(building, null).Select(served => served.Port));
    }

    [Theory]
    [InlineData("sensor: sht3x", "sensor: sht3x, i2cBus: 1", "CME-1204")]
    [InlineData("sensor: sht3x", "sensor: sht3x, part: magic", "CME-1244")]
    [InlineData("sensor: sht3x", "senser: sht3x", "CME-1204", "CME-1206")]
    [InlineData("red: 6", "red: 5", "CME-1220")]
    [InlineData("red: 6, ", "", "CME-1205")]
    [InlineData("red: 6", "red: 6, spiBus: 0", "CME-1204")]
    public void Read_Mistakes_AreFound(string right, string wrong, params string[] codes)
    {
        var findings = Read(Base.Replace(right, wrong, StringComparison.Ordinal)).Findings;
        Assert.NotEmpty(findings);
        Assert.Contains(findings, f => codes.Contains(f.Code));
    }

    [Fact]
    public void Measure_SensorThatFallsSilent_KeepsTheLastValueWithItsAgeAndTheReason()
    {
        var sensor = new PlayedSensor { Climate = new(31.4m, 42) };
        using var watch = new EnclosureWatch(sensor, clock, TimeProvider.System, 1, NullLogger<EnclosureWatch>.Instance);
        Assert.Null(watch.Current);
        watch.Measure(sensor);
        Assert.True(watch.Current!.IsFresh(Now));
        Assert.Equal((31.4m, 42m), (watch.Current.Celsius, watch.Current.HumidityPercent));

        sensor.Climate = null;
        clock.Advance(TimeSpan.FromSeconds(31));
        watch.Measure(sensor);
        Assert.False(watch.Current.IsFresh(Now));
        Assert.Equal((31.4m, "CME-2602"), (watch.Current.Celsius, watch.Current.Fault!.Code));

        sensor.Climate = new(20, null);
        watch.Measure(sensor);
        Assert.Equal(new EnclosureInfo("played", 20, null, Now, Duration.FromSeconds(30), null), watch.Current);
    }

    [Fact]
    public void Measure_NeverAnswered_HasNoValueAndSaysWhy()
    {
        var sensor = new PlayedSensor();
        using var watch = new EnclosureWatch(sensor, clock, TimeProvider.System, 60, NullLogger<EnclosureWatch>.Instance);
        watch.Measure(sensor);
        Assert.Equal(new EnclosureInfo("played", null, null, null, Duration.FromMinutes(30), new("CME-2602", "silent")), watch.Current);
    }

    [Theory]
    [InlineData(State.Ok, StatusColour.Green)]
    [InlineData(State.Waiting, StatusColour.Green)]
    [InlineData(State.Attention, StatusColour.Amber)]
    [InlineData(State.Fault, StatusColour.Red)]
    public async Task StatusLight_EachState_IsShownAndDarkAtTheEnd(State state, StatusColour colour)
    {
        var light = new PlayedLight();
        using var worker = new StatusLightWorker(light, new PlayedState(state), clock, NullLogger<StatusLightWorker>.Instance);
        await worker.StartAsync(default);
        for (int turn = 0; turn < 3; turn++)
            while (!await light.Shown.WaitAsync(TimeSpan.FromMilliseconds(20))) clock.Advance(TimeSpan.FromSeconds(2)); // the worker may not have begun to wait yet

        Assert.Equal(colour, light.Colour);
        await worker.StopAsync(default);
        Assert.Null(light.Colour);
    }

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    private static (Building? Building, IReadOnlyList<Finding> Findings) Read(string text) => BuildingFile.Read(StrictYaml.Parse(text), new HashSet<string>());

    private sealed class PlayedSensor : IEnclosureSensor
    {
        public string Name => "played";

        public EnclosureClimate? Climate { get; set; }

        public EnclosureClimate Measure() => Climate ?? throw new LinkException("CME-2602", "silent");

        public void Dispose()
        {
        }
    }

    /// <summary>Refuses every second call, as a loose plug does.</summary>
    private sealed class PlayedLight : IStatusLight
    {
        private int calls;

        public string Name => "played";

        public SemaphoreSlim Shown { get; } = new(0);

        public StatusColour? Colour { get; private set; }

        public void Show(StatusColour colour)
        {
            bool isLoose = ++calls % 2 == 0;
            if (!isLoose) Colour = colour;
            Shown.Release();
            if (isLoose) throw new LinkException("CME-2611", "loose");
        }

        public void Dispose() => Colour = null;
    }

    private sealed class PlayedState(State state) : IOverallState
    {
        public ValueTask<State> NowAsync(CancellationToken cancellationToken) => ValueTask.FromResult(state);
    }
}
