using CoMaKo.Devices.Protocols.Modbus;
using NModbus.IO;

namespace CoMaKo.Devices.NModbus;

/// <summary>A line as the package sees it: calls that block. Opening, pauses and draining are done before the package is asked.</summary>
internal sealed class NModbusStream(ModbusLine line) : IStreamResource
{
    private Exchange current = null!;
    private int position;

    /// <summary>The exchange that the next calls belong to.</summary>
    public sealed record Exchange(byte Unit, ModbusRequest Request, FrameObserver Observer, CancellationToken Stop);

    public int InfiniteTimeout => Timeout.Infinite;

    /// <summary>Not used: the line knows the deadline of the whole answer, where this is one of each read.</summary>
    public int ReadTimeout { get; set; }

    public int WriteTimeout { get; set; }

    /// <summary>What the line threw at this exchange, so that it can be told from what the package itself throws.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>The device answered "acknowledge", after which the package would wait for a second answer that no device sends.</summary>
    public bool IsAcknowledged { get; private set; }

    public void Begin(Exchange exchange) => (current, position, Fault, IsAcknowledged) = (exchange, 0, null, false);

    public int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            if (position == line.Received.Length)
            {
                if (Acknowledges()) throw new IOException("Acknowledged.");
                line.ReceiveAsync(current.Unit, current.Request, current.Observer, current.Stop).AsTask().GetAwaiter().GetResult();
                // The package does not look at the protocol id, and would wait for as many bytes as any length says.
                if (line.Framing == ModbusFraming.Tcp && MbapFrame.Length(line.Received) < 0) throw line.Malformed(line.Received, current.Observer, MbapFrame.NotSpoken);
            }
        }
        catch (Exception e)
        {
            Fault = e;
            throw;
        }

        var part = line.Received.Slice(position, Math.Min(count, line.Received.Length - position));
        part.CopyTo(buffer.AsSpan(offset));
        position += part.Length;
        return part.Length;
    }

    public void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            line.WriteAsync(buffer.AsMemory(offset, count), current.Stop).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            Fault = e;
            throw;
        }
    }

    /// <summary>Nothing: the line is drained before each request.</summary>
    public void DiscardInBuffer()
    {
    }

    public void Dispose()
    {
    }

    private bool Acknowledges()
    {
        var frame = line.Received;
        bool isWhole = line.Framing == ModbusFraming.Tcp ? MbapFrame.Length(frame) == frame.Length && frame.Length == 9 : frame.Length == 5 && RtuFrame.IsIntact(frame);
        var pdu = isWhole ? line.Framing == ModbusFraming.Tcp ? MbapFrame.Pdu(frame) : RtuFrame.Pdu(frame) : default;
        return IsAcknowledged = pdu.Length == 2 && pdu[0] == (current.Request.Function | 0x80) && pdu[1] == 5;
    }
}
