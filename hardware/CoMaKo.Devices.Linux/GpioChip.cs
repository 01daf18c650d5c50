using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace CoMaKo.Devices.Linux;

/// <summary>A GPIO chip as the kernel names it.</summary>
/// <param name="Path">Device node, e.g. <c>/dev/gpiochip0</c>; numbers may change from boot to boot.</param>
/// <param name="Label">What it is, e.g. <c>pinctrl-bcm2711</c>; stays.</param>
public sealed record GpioChipInfo(string Path, string Name, string Label, int Lines);

/// <summary>A line as the kernel names it.</summary>
/// <param name="Name">From the device tree, e.g. <c>GPIO17</c>; empty where it has none.</param>
/// <param name="Consumer">Who holds it; absent if it is free.</param>
public sealed record GpioLineInfo(int Line, string Name, string? Consumer);

/// <summary>Lines of a GPIO chip by the kernel's character device, version 2 (Linux 5.10 and later).</summary>
/// <remarks>Codes: CME-2301 no such chip, CME-2302 no right to it, CME-2303 no such line, CME-2304 line taken, CME-2305 chip gone, CME-2306 refused (bias or debounce not possible), CME-2309 closed.</remarks>
public sealed class GpioChip : IGpioLines
{
    /// <summary>Edges that wait for us in the kernel; more push out the oldest, which shows in the sequence.</summary>
    private const int EventBuffer = 512;

    private readonly string name;
    private SafeFileHandle chip;

    private GpioChip(string name, SafeFileHandle chip, GpioChipInfo info) => (this.name, this.chip, Info) = (name, chip, info);

    public GpioChipInfo Info { get; private set; }

    /// <inheritdoc/>
    public string Name => $"{Info.Name} ({Info.Label})";

    /// <summary>Opens a chip.</summary>
    /// <param name="name">Path, name (<c>gpiochip0</c>) or label.</param>
    /// <exception cref="LinkException">There is none of this name, or no right to it.</exception>
    public static GpioChip Open(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var (handle, info) = Reach(name);
        return new(name, handle, info);
    }

    private static (SafeFileHandle Handle, GpioChipInfo Info) Reach(string name)
    {
        string path = name.StartsWith('/') ? name : $"/dev/{name}";
        if (!File.Exists(path) && !name.StartsWith('/')) path = All().FirstOrDefault(c => c.Label == name)?.Path ?? path;
        int number = LibC.Open(path, LibC.ReadWrite | LibC.CloseOnExec);
        if (number < 0) throw CannotOpen(name, Marshal.GetLastPInvokeError());
        var handle = new SafeFileHandle(number, ownsHandle: true);
        if (Ask(handle, path) is { } info) return (handle, info);
        handle.Dispose();
        throw new LinkException("CME-2301", $"{path} is no GPIO chip: correct the name in the building file (a name such as gpiochip0, or a label).");
    }

    /// <summary>All chips that may be opened, in the order of their names.</summary>
    public static IReadOnlyList<GpioChipInfo> All()
    {
        var chips = new List<GpioChipInfo>();
        foreach (string path in Directory.EnumerateFiles("/dev", "gpiochip*").Order(StringComparer.Ordinal))
        {
            int number = LibC.Open(path, LibC.ReadWrite | LibC.CloseOnExec);
            if (number < 0) continue;
            using var handle = new SafeFileHandle(number, ownsHandle: true);
            if (Ask(handle, path) is { } info) chips.Add(info);
        }

        return chips;
    }

    /// <summary>All lines with who holds them, for the page on which a technician chooses one.</summary>
    public unsafe IReadOnlyList<GpioLineInfo> Lines()
    {
        var lines = new List<GpioLineInfo>(Info.Lines);
        for (int line = 0; line < Info.Lines; line++)
        {
            var asked = new GpioAbi.LineInfo { Offset = (uint)line };
            if (LibC.Control(chip, GpioAbi.GetLineInfo, &asked) != 0) throw Refused(line, Marshal.GetLastPInvokeError());
            string consumer = Text(asked.Consumer);
            lines.Add(new(line, Text(asked.Name), (asked.Flags & 1) == 0 ? null : consumer.Length == 0 ? "the kernel" : consumer));
        }

        return lines;
    }

    /// <inheritdoc/>
    public IGpioInput OpenInput(int line, GpioInputOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ulong bias = options.Bias switch
        {
            GpioBias.PullUp => GpioAbi.PullUp,
            GpioBias.PullDown => GpioAbi.PullDown,
            GpioBias.Off => GpioAbi.BiasDisabled,
            _ => 0,
        };
        double microseconds = Math.Clamp(options.Debounce.TotalMilliseconds * 1000, 0, uint.MaxValue);
        var attribute = new GpioAbi.LineAttribute { Id = GpioAbi.Debounce, Value = (ulong)microseconds };
        var handle = Claim(line, options.Consumer, GpioAbi.Input | GpioAbi.EdgeRising | GpioAbi.EdgeFalling | bias, microseconds > 0 ? attribute : null);
        return new GpioInput(handle, Where(line));
    }

    /// <inheritdoc/>
    public IGpioOutput OpenOutput(int line, bool level, string consumer)
    {
        var attribute = new GpioAbi.LineAttribute { Id = GpioAbi.OutputValues, Value = level ? 1UL : 0 };
        return new GpioOutput(Claim(line, consumer, GpioAbi.Output, attribute), Where(line), level);
    }

    public ValueTask DisposeAsync()
    {
        chip.Dispose(); // claimed lines live on until they are closed
        return ValueTask.CompletedTask;
    }

    /// <summary>A chip that was plugged out and in again is another one to the kernel: it is opened anew.</summary>
    private SafeFileHandle Claim(int line, string consumer, ulong flags, GpioAbi.LineAttribute? attribute)
    {
        try
        {
            return ClaimOnce(line, consumer, flags, attribute);
        }
        catch (LinkException e) when (e.Code == "CME-2305")
        {
            var (handle, info) = Reach(name);
            chip.Dispose();
            (chip, Info) = (handle, info);
            return ClaimOnce(line, consumer, flags, attribute);
        }
    }

    private unsafe SafeFileHandle ClaimOnce(int line, string consumer, ulong flags, GpioAbi.LineAttribute? attribute)
    {
        if (line < 0 || line >= Info.Lines)
            throw new LinkException("CME-2303", FormattableString.Invariant($"{Name} has the lines 0 to {Info.Lines - 1}, not {line}: correct the number in the building file."));
        var request = new GpioAbi.LineRequest { LineCount = 1, EventBufferSize = (flags & GpioAbi.Input) != 0 ? EventBuffer : 0u };
        request.Offsets[0] = (uint)line;
        request.Config.Flags = flags;
        Encoding.ASCII.GetBytes(consumer.Length < GpioAbi.NameSize ? consumer : consumer[..(GpioAbi.NameSize - 1)], new Span<byte>(request.Consumer, GpioAbi.NameSize));
        if (attribute is { } given)
        {
            request.Config.AttributeCount = 1;
            request.Config.Attributes[0] = new() { Attribute = given, Mask = 1 };
        }

        if (LibC.Control(chip, GpioAbi.GetLine, &request) != 0) throw Refused(line, Marshal.GetLastPInvokeError());
        var handle = new SafeFileHandle(request.Descriptor, ownsHandle: true);
        if (LibC.ControlFile(handle, LibC.SetFlags, LibC.NonBlocking) == 0) return handle;
        int error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw Refused(line, error);
    }

    private static unsafe GpioChipInfo? Ask(SafeFileHandle handle, string path)
    {
        GpioAbi.ChipInfo info;
        return LibC.Control(handle, GpioAbi.GetChipInfo, &info) != 0 ? null : new(path, Text(info.Name), Text(info.Label), (int)info.Lines);
    }

    private static unsafe string Text(byte* name)
    {
        var bytes = new ReadOnlySpan<byte>(name, GpioAbi.NameSize);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private string Where(int line) => FormattableString.Invariant($"{Info.Name} line {line}");

    private static LinkException CannotOpen(string name, int error) => error switch
    {
        LibC.AccessDenied or LibC.NotPermitted => new("CME-2302", $"The GPIO chip {name} may not be opened by this user: add it to the group of the device (on Debian: gpio)."),
        _ => new("CME-2301", All() is { Count: > 0 } chips
            ? $"There is no GPIO chip {name}; there are {string.Join(", ", chips.Select(c => $"{c.Name} ({c.Label})"))}."
            : $"There is no GPIO chip {name}: this machine shows none in /dev, or this user may not open them."),
    };

    private LinkException Refused(int line, int error) => error switch
    {
        LibC.Busy => new("CME-2304", $"{Where(line)} is taken{Holder(line)}: free it or choose another."),
        LibC.NoDevice => GpioHandles.Gone(Where(line)),
        LibC.AccessDenied or LibC.NotPermitted => new("CME-2302", $"{Where(line)} may not be used by this user."),
        LibC.Invalid or LibC.NotSupported or LibC.Unsupported => new("CME-2306", $"{Where(line)} refuses these settings: this chip may not have the bias or the debouncing that was asked for."),
        _ => new("CME-2306", $"{Where(line)} cannot be claimed: {LibC.Words(error)}."),
    };

    private unsafe string Holder(int line)
    {
        var asked = new GpioAbi.LineInfo { Offset = (uint)line };
        return LibC.Control(chip, GpioAbi.GetLineInfo, &asked) == 0 && Text(asked.Consumer) is { Length: > 0 } holder ? $" by '{holder}'" : "";
    }
}
