using System.Text.Json;
using CoMaKo.Testing;
using Xunit.Abstractions;

namespace CoMaKo.Integration.Tests.Mqtt;

/// <summary>The gateway, a real mosquitto and a foreign client, in both directions.</summary>
[Trait("Category", "Slow")]
public sealed class MqttLineTests(ITestOutputHelper output)
{
    private const string Status = "comako/gw-0417/status", Fresh = "fresh";

    private static readonly int Kills = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 100 : 5;

    [RequiresFact(Peer.Mosquitto, Peer.Paho)]
    public async Task Gateway_OverTlsWithPassword_ReadsAndPublishesAndItsDeathIsKnown()
    {
        using var certificates = new MqttCertificates();
        var user = (Name: "gateway", Password: "s3cret-of-this-test");
        await File.WriteAllTextAsync(certificates.At("password"), user.Password + "\n");
        await using var broker = await MosquittoBroker.StartAsync(new(user, certificates.Folder));
        using var peer = new PahoPeer(broker.Port, ["comako/#", "homeassistant/#"], certificates.At("ca.pem"), user);
        await using var gateway = await MqttGateway.StartAsync(
            FormattableString.Invariant($"mqtt: \"127.0.0.1:{broker.Port}\", user: gateway, passwordFile: {certificates.At("password")}, tls: true, ca: {certificates.At("ca.pem")}"));

        await gateway.UntilAsync("the gateway says that it is there", () => peer.Last(Status) == "online");
        int messages = 0;
        await gateway.UntilAsync("power and energy are published", () =>
        {
            peer.Publish(MqttGateway.Topic, Meter(-1234.5m, ++messages));
            return peer.Last("comako/gw-0417/grid/power") == "-1234.5" && peer.Last("comako/gw-0417/grid/energy_export") is not null;
        });
        Assert.Equal((Fresh, -1234.5m), await gateway.GridAsync());
        await gateway.UntilAsync("the meter is announced with its energy", () => peer.Last("homeassistant/device/comako_gw-0417_grid/config")?.Contains("energy_export", StringComparison.Ordinal) == true);
        Assert.Equal("online", peer.Last("comako/gw-0417/grid/status"));
        Assert.All(peer.Heard.Where(m => m.Topic!.EndsWith("/power", StringComparison.Ordinal)), m => Assert.False(m.IsRetained));
        Assert.DoesNotContain(user.Password, gateway.Process.Output, StringComparison.Ordinal);

        int announcements = peer.Heard.Count(m => m.Topic!.EndsWith("0417/config", StringComparison.Ordinal));
        peer.Publish("homeassistant/status", "online");
        await gateway.UntilAsync("everything is announced again for a new Home Assistant", () => peer.Heard.Count(m => m.Topic!.EndsWith("0417/config", StringComparison.Ordinal)) > announcements);

        await gateway.Process.KillAsync();
        long began = TimeProvider.System.GetTimestamp();
        while (peer.Last(Status) != "offline")
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "No last will.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    [RequiresFact(Peer.Mosquitto, Peer.Paho)]
    public async Task Gateway_RetainedAndForgedMessages_AreNoReadings()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await MosquittoTools.PublishAsync(broker.Port, MqttGateway.Topic, Meter(7777, 1), retain: true);
        using var peer = new PahoPeer(broker.Port, ["comako/#"]);
        await using var gateway = await MqttGateway.StartAsync(FormattableString.Invariant($"mqtt: \"127.0.0.1:{broker.Port}\""));
        await gateway.UntilAsync("the gateway says that it is there", () => peer.Last(Status) == "online");
        // Nothing that looks like a command does anything, and what is no number never becomes one.
        foreach (string topic in (string[])["comako/gw-0417/grid/power/set", "comako/gw-0417/grid/power", "comako/gw-0417/command"]) peer.Publish(topic, "4711");
        foreach (string payload in (string[])["NaN", "{\"SML\":{\"Power_curr\":NaN}}", "{\"SML\":{\"Power_curr\":\"1\"}}", "{\"SML\":{\"Power_curr\":1e300}}", new string('9', 70_000)]) peer.Publish(MqttGateway.Topic, payload);
        await gateway.UntilAsync("the gateway says what is wrong", async () => Reason(await gateway.StatusAsync()) is { } reason && reason.Contains("SENSOR", StringComparison.Ordinal));
        Assert.Null((await gateway.GridAsync())!.Value.Power);

        await gateway.UntilAsync("a good message is a reading", async () =>
        {
            peer.Publish(MqttGateway.Topic, Meter(5, 1));
            return await gateway.GridAsync() is (Fresh, 5m);
        }, 70);
        Assert.DoesNotContain(peer.Heard, m => m.Topic == "comako/gw-0417/grid/power" && m.Payload == "7777");
    }

    [RequiresFact(Peer.Mosquitto, Peer.Paho)]
    public async Task Gateway_BrokerKilledAgainAndAgain_NeverShowsAnOldValueAsFresh()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        using var peer = new PahoPeer(broker.Port, []);
        await using var gateway = await MqttGateway.StartAsync(FormattableString.Invariant($"mqtt: \"127.0.0.1:{broker.Port}\""));
        using var stop = new CancellationTokenSource();
        int value = 0;
        var meter = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                peer.Publish(MqttGateway.Topic, Meter(Interlocked.Increment(ref value), 1));
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        });
        var longest = TimeSpan.Zero;
        for (int kill = 0; kill < Kills; kill++)
        {
            await gateway.UntilAsync("the meter is read", async () => await gateway.GridAsync() is var (fresh, _) && fresh == Fresh);
            await broker.KillAsync();
            await gateway.UntilAsync("the meter is no longer fresh", async () => await gateway.GridAsync() is var (fresh, _) && fresh != Fresh, 3);
            int before = Volatile.Read(ref value);
            await broker.StartAgainAsync();
            long began = TimeProvider.System.GetTimestamp();
            while (true)
            {
                if (await gateway.GridAsync() is var (fresh, power) && fresh == Fresh)
                {
                    Assert.True(power >= before, $"{power} was said before the broker came back, at {before}.");
                    break;
                }

                Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(8), $"Not back. {gateway.Process.Output}");
            }

            // The foreign meter needs up to a second itself to find the broker.
            var took = TimeProvider.System.GetElapsedTime(began);
            if (took > longest) longest = took;
        }

        await stop.CancelAsync();
        await meter;
        output.WriteLine(FormattableString.Invariant($"{Kills} kills; fresh again at most {longest.TotalSeconds:0.00} s after the broker listened."));
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(0, await gateway.Process.StopAsync());
    }

    [Fact]
    public async Task Check_LibraryThatCannotBeLoaded_NamesItsPackage()
    {
        string folder = Directory.CreateTempSubdirectory("comako-mqtt-check-").FullName;
        // The loader meets this file first and gives up.
        await File.WriteAllTextAsync(Path.Combine(folder, "libmosquitto.so.1"), "");
        await File.WriteAllTextAsync(Path.Combine(folder, "building.yaml"), MqttGateway.BuildingFile("mqtt: \"127.0.0.1:1883\""));
        var start = RunningProcess.Describe("CoMaKo.Edge", "comako-edge", "check", "--building", Path.Combine(folder, "building.yaml"), "--data", folder);
        start.Environment["LD_LIBRARY_PATH"] = folder;
        (start.UseShellExecute, start.RedirectStandardOutput) = (false, true);
        using var check = System.Diagnostics.Process.Start(start)!;
        string said = await check.StandardOutput.ReadToEndAsync();
        await check.WaitForExitAsync();
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("CME-2501 broker", said, StringComparison.Ordinal);
        Assert.Contains("apt-get install libmosquitto1", said, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static string Meter(decimal watts, int wattHours) => FormattableString.Invariant(
        $$$"""{"Time":"2026-06-01T12:00:00","SML":{"Total_in":12345.678,"Total_out":{{{wattHours / 1000m}}},"Power_curr":{{{watts}}}}}""");

    private static string? Reason(JsonElement status) => status.GetProperty("devices")[0].TryGetProperty("reason", out var reason) ? reason.GetString() : null;
}
