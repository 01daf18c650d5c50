using System.Globalization;
using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Tests.Enclosure;

/// <summary>The default part on files as the kernel's hwmon driver shows them.</summary>
public sealed class HwmonSensorTests : EnclosureSensorContract
{
    protected override ISensorBench Create() => new SysfsBench("class/hwmon/hwmon3", celsius => ("temp1_input", Thousandths(celsius)), humidity => ("humidity1_input", Thousandths(humidity)));

    internal static string Thousandths(decimal value) => ((long)(value * 1000)).ToString(CultureInfo.InvariantCulture) + "\n";
}

/// <summary>The default part on files of an IIO driver that leaves offset and scale to the reader.</summary>
public sealed class IioSensorTests : EnclosureSensorContract
{
    // As the kernel's driver of the HDC100x: scale 165000/65536 m°C, offset −15887.515151; 100000/65536 m%.
    protected override ISensorBench Create()
    {
        var bench = new SysfsBench(
            "bus/iio/devices/iio:device1", celsius => ("in_temp_raw", Raw((celsius + 40) / 165 * 65536)), humidity => ("in_humidityrelative_raw", Raw(humidity / 100 * 65536)));
        bench.Write("in_temp_scale", "2.517700195\n");
        bench.Write("in_temp_offset", "-15887.515151\n");
        bench.Write("in_humidityrelative_scale", "1.525878906\n");
        return bench;
    }

    private static string Raw(decimal value) => ((long)Math.Round(value)).ToString(CultureInfo.InvariantCulture) + "\n";
}

public sealed class SysfsSensorTests
{
    [Fact]
    public void Measure_ThermometerAmongOthers_IsFoundByNameAndHasNoHumidity()
    {
        using var bench = new SysfsBench("class/hwmon/hwmon0", celsius => ("temp1_input", HwmonSensorTests.Thousandths(celsius)), humidity => ("unused", ""));
        bench.Set(30, 0);
        Directory.CreateDirectory(Path.Combine(bench.Root, "class/hwmon/hwmon1"));
        File.WriteAllText(Path.Combine(bench.Root, "class/hwmon/hwmon1/name"), "lm75\n");
        File.WriteAllText(Path.Combine(bench.Root, "class/hwmon/hwmon1/temp1_input"), "44500\n");
        using var other = new SysfsSensor("lm75", bench.Root);
        Assert.Equal(new EnclosureClimate(44.5m, null), other.Measure());
        Assert.Equal("lm75 (hwmon1)", other.Name);
    }

    [Fact]
    public void Measure_NameThatTheKernelHasNot_SaysWhereTheNamesAre() =>
        Assert.Contains("/sys/class/hwmon", Assert.Throws<LinkException>(new SysfsSensor("sht99").Measure).Message, StringComparison.Ordinal);
}

/// <summary>A folder that plays sysfs with one sensor named <c>sht3x</c>.</summary>
internal sealed class SysfsBench : ISensorBench
{
    private readonly string device;
    private readonly Func<decimal, (string File, string Text)> temperature;
    private readonly Func<decimal, (string File, string Text)> humidity;
    private readonly Dictionary<string, string> files = new() { ["name"] = "sht3x\n" };

    public SysfsBench(string device, Func<decimal, (string File, string Text)> temperature, Func<decimal, (string File, string Text)> humidity)
    {
        (this.device, this.temperature, this.humidity) = (device, temperature, humidity);
        Root = Directory.CreateTempSubdirectory("comako-sysfs").FullName;
        Sensor = new SysfsSensor("sht3x", Root);
    }

    public string Root { get; }

    public IEnclosureSensor Sensor { get; }

    public void Write(string file, string text)
    {
        files[file] = text;
        Directory.CreateDirectory(Path.Combine(Root, device));
        foreach (var (name, content) in files) File.WriteAllText(Path.Combine(Root, device, name), content);
    }

    public void Set(decimal celsius, decimal humidityPercent)
    {
        var (t, h) = (temperature(celsius), humidity(humidityPercent));
        Write(t.File, t.Text);
        Write(h.File, h.Text);
    }

    public void Damage() => Write(temperature(0).File, "\n");

    public void TakeOff()
    {
        string path = Path.Combine(Root, device);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
    }

    public void Dispose()
    {
        Sensor.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
