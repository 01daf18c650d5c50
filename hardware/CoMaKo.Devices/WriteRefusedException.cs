namespace CoMaKo.Devices;

/// <summary>The driver itself did not write: the device has no such control, is not set up for it, or a register may not be written any more today. Nothing was written.</summary>
/// <param name="code">Stable code, <c>CME-24xx</c>.</param>
/// <param name="message">What is in the way and what to do, in one or two English sentences.</param>
public sealed class WriteRefusedException(string code, string message) : IOException(message)
{
    public string Code { get; } = code;
}
