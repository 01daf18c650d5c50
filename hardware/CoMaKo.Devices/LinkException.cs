namespace CoMaKo.Devices;

/// <summary>A link cannot be opened or broke; the message says what to check at the device, the code names the cause for pages and logs.</summary>
/// <param name="code">Stable code, <c>CME-19xx</c>, or <c>CME-23xx</c> for GPIO lines.</param>
/// <param name="message">One English sentence or two: what is wrong, where, what to do.</param>
/// <param name="inner">The cause, if another exception reported it.</param>
public sealed class LinkException(string code, string message, Exception? inner = null) : IOException(message, inner)
{
    public string Code { get; } = code;
}
