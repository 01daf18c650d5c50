using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NodaTime;

namespace CoMaKo.Devices.Linux;

/// <summary>A claimed input. One reader of edges at a time.</summary>
internal sealed class GpioInput(SafeFileHandle line, string name) : IGpioInput
{
    private const int Batch = 16;

    /// <summary>Kernels before 6.5 do not wake who waits for a line whose chip is unplugged: it is asked now and then.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly Readiness readable = new(line, forWriting: false);

    public bool Read() => GpioHandles.Read(line, name);

    public async IAsyncEnumerable<GpioEdge> EdgesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var edges = new GpioEdge[Batch];
        while (true)
        {
            int count = Take(edges);
            for (int i = 0; i < count; i++) yield return edges[i];
            if (count > 0) continue;
            await WaitAsync(cancellationToken);
            if ((count = Take(edges)) == 0) Read(); // tells if the chip is gone
            for (int i = 0; i < count; i++) yield return edges[i];
        }
    }

    public void Dispose()
    {
        readable.Dispose();
        line.Dispose();
    }

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        using var look = new CancellationTokenSource(Look, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(look.Token, cancellationToken);
        try
        {
            await readable.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return; // time to look
        }
        catch (ObjectDisposedException e)
        {
            throw GpioHandles.Closed(name, e);
        }
    }

    /// <summary>Edges that wait in the kernel; 0 if none does.</summary>
    private unsafe int Take(GpioEdge[] into)
    {
        GpioAbi.LineEvent* events = stackalloc GpioAbi.LineEvent[Batch];
        nint bytes;
        try
        {
            bytes = LibC.Read(line, (byte*)events, Batch * sizeof(GpioAbi.LineEvent));
        }
        catch (ObjectDisposedException e)
        {
            throw GpioHandles.Closed(name, e);
        }

        if (bytes < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error is LibC.TryAgain or LibC.Interrupted ? 0 : throw GpioHandles.Failed(name, error);
        }

        int count = (int)(bytes / sizeof(GpioAbi.LineEvent));
        for (int i = 0; i < count; i++)
            into[i] = new(events[i].Id == GpioAbi.RisingEvent, Duration.FromNanoseconds((long)events[i].Nanoseconds), events[i].LineSequence);
        return count;
    }
}

/// <summary>A claimed output; the kernel takes it back when it is closed, also when the process dies.</summary>
internal sealed class GpioOutput(SafeFileHandle line, string name, bool level) : IGpioOutput
{
    public bool Level { get; private set; } = level;

    public void Set(bool level)
    {
        GpioHandles.Write(line, name, level);
        Level = level;
    }

    public void Dispose() => line.Dispose();
}

/// <summary>Values of a claimed line, and what its errors mean.</summary>
internal static unsafe class GpioHandles
{
    public static bool Read(SafeFileHandle line, string name)
    {
        var values = new GpioAbi.LineValues { Mask = 1 };
        Ask(line, name, GpioAbi.GetValues, &values);
        return (values.Bits & 1) != 0;
    }

    public static void Write(SafeFileHandle line, string name, bool level)
    {
        var values = new GpioAbi.LineValues { Mask = 1, Bits = level ? 1UL : 0 };
        Ask(line, name, GpioAbi.SetValues, &values);
    }

    public static LinkException Failed(string name, int error) =>
        error is LibC.NoDevice or LibC.NoSuchDevice or LibC.IoError ? Gone(name) : new("CME-2306", $"{name} failed: {LibC.Words(error)}.");

    public static LinkException Gone(string name) => new("CME-2305", $"The GPIO chip of {name} is gone: check the plug of the I/O board; the line is opened again by itself.");

    public static LinkException Closed(string name, Exception? cause) => new("CME-2309", $"{name} is closed.", cause);

    private static void Ask(SafeFileHandle line, string name, nuint request, GpioAbi.LineValues* values)
    {
        try
        {
            if (LibC.Control(line, request, values) != 0) throw Failed(name, Marshal.GetLastPInvokeError());
        }
        catch (ObjectDisposedException e)
        {
            throw Closed(name, e);
        }
    }
}
