using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CoMaKo.Devices.Linux;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Gpio;

/// <summary>Our copy of linux/gpio.h against the kernel's own header, as the C compiler sees it.</summary>
public sealed class GpioAbiTests
{
    [RequiresFact(Peer.KernelHeaders)]
    public async Task Layout_CompiledFromTheKernelsHeader_IsOurs()
    {
        var ours = Ours();
        string folder = Directory.CreateTempSubdirectory("gpio-").FullName;
        try
        {
            string source = Path.Combine(folder, "abi.c"), program = Path.Combine(folder, "abi");
            await File.WriteAllTextAsync(source, Program(ours.Keys));
            await RunAsync("gcc", "-Wall", "-Werror", "-o", program, source);
            var kernel = (await RunAsync(program)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('=')).ToDictionary(p => p[0], p => ulong.Parse(p[1], CultureInfo.InvariantCulture));
            Assert.Equal(ours.OrderBy(o => o.Key), kernel.OrderBy(k => k.Key));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Open_NoSuchChip_SaysSo()
    {
        var e = Assert.Throws<LinkException>(() => GpioChip.Open("gpiochip77"));
        Assert.Equal("CME-2301", e.Code);
        Assert.Equal("CME-2301", Assert.Throws<LinkException>(() => GpioChip.Open("/dev/null")).Code);
    }

    /// <summary>C expressions and what they are worth here.</summary>
    private static Dictionary<string, ulong> Ours()
    {
        var values = new Dictionary<string, ulong>
        {
            ["GPIO_GET_CHIPINFO_IOCTL"] = GpioAbi.GetChipInfo, ["GPIO_V2_GET_LINEINFO_IOCTL"] = GpioAbi.GetLineInfo, ["GPIO_V2_GET_LINE_IOCTL"] = GpioAbi.GetLine,
            ["GPIO_V2_LINE_GET_VALUES_IOCTL"] = GpioAbi.GetValues, ["GPIO_V2_LINE_SET_VALUES_IOCTL"] = GpioAbi.SetValues,
            ["GPIO_MAX_NAME_SIZE"] = GpioAbi.NameSize, ["GPIO_V2_LINES_MAX"] = 64, ["GPIO_V2_LINE_NUM_ATTRS_MAX"] = 10, ["GPIO_V2_LINE_FLAG_USED"] = 1,
            ["GPIO_V2_LINE_FLAG_ACTIVE_LOW"] = GpioAbi.ActiveLow, ["GPIO_V2_LINE_FLAG_INPUT"] = GpioAbi.Input, ["GPIO_V2_LINE_FLAG_OUTPUT"] = GpioAbi.Output,
            ["GPIO_V2_LINE_FLAG_EDGE_RISING"] = GpioAbi.EdgeRising, ["GPIO_V2_LINE_FLAG_EDGE_FALLING"] = GpioAbi.EdgeFalling,
            ["GPIO_V2_LINE_FLAG_BIAS_PULL_UP"] = GpioAbi.PullUp, ["GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN"] = GpioAbi.PullDown, ["GPIO_V2_LINE_FLAG_BIAS_DISABLED"] = GpioAbi.BiasDisabled,
            ["GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES"] = GpioAbi.OutputValues, ["GPIO_V2_LINE_ATTR_ID_DEBOUNCE"] = GpioAbi.Debounce,
            ["GPIO_V2_LINE_EVENT_RISING_EDGE"] = GpioAbi.RisingEvent, ["GPIO_V2_LINE_EVENT_FALLING_EDGE"] = GpioAbi.FallingEvent,
        };
        Add<GpioAbi.ChipInfo>("gpiochip_info", ("name", "Name"), ("label", "Label"), ("lines", "Lines"));
        Add<GpioAbi.LineAttribute>("gpio_v2_line_attribute", ("id", "Id"), ("flags", "Value"), ("values", "Value"), ("debounce_period_us", "Value"));
        Add<GpioAbi.ConfigAttribute>("gpio_v2_line_config_attribute", ("attr", "Attribute"), ("mask", "Mask"));
        Add<GpioAbi.LineConfig>("gpio_v2_line_config", ("flags", "Flags"), ("num_attrs", "AttributeCount"), ("attrs", "Attributes"));
        Add<GpioAbi.LineRequest>(
            "gpio_v2_line_request", ("offsets", "Offsets"), ("consumer", "Consumer"), ("config", "Config"), ("num_lines", "LineCount"), ("event_buffer_size", "EventBufferSize"), ("fd", "Descriptor"));
        Add<GpioAbi.LineInfo>("gpio_v2_line_info", ("name", "Name"), ("consumer", "Consumer"), ("offset", "Offset"), ("num_attrs", "AttributeCount"), ("flags", "Flags"), ("attrs", "Attributes"));
        Add<GpioAbi.LineValues>("gpio_v2_line_values", ("bits", "Bits"), ("mask", "Mask"));
        Add<GpioAbi.LineEvent>("gpio_v2_line_event", ("timestamp_ns", "Nanoseconds"), ("id", "Id"), ("offset", "Offset"), ("seqno", "Sequence"), ("line_seqno", "LineSequence"));
        return values;

        void Add<T>(string structure, params (string Theirs, string Ours)[] fields) where T : struct
        {
            values[$"sizeof(struct {structure})"] = (ulong)System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
            foreach (var (theirs, own) in fields) values[$"offsetof(struct {structure}, {theirs})"] = (ulong)Marshal.OffsetOf<T>(own);
        }
    }

    private static string Program(IEnumerable<string> expressions) => $$"""
        #include <stddef.h>
        #include <stdio.h>
        #include <linux/gpio.h>
        int main(void) {
        {{string.Join('\n', expressions.Select(e => $"    printf(\"%s=%llu\\n\", \"{e}\", (unsigned long long)({e}));"))}}
            return 0;
        }
        """;

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = await process.StandardOutput.ReadToEndAsync(), errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
        return output;
    }
}
