using System.Device.Gpio;

namespace CoMaKo.Devices.SystemGpio;

/// <summary>One pin of a controller, and what its errors mean.</summary>
internal sealed class PinAccess(GpioController controller, int line, string name, Action<int> closed)
{
    private int isClosed;

    public bool Read() => Reach(() => (bool)controller.Read(line));

    public void Write(bool level) => Reach(() =>
    {
        controller.Write(line, level);
        return true;
    });

    public void Listen(PinChangeEventHandler changed) => Reach(() =>
    {
        controller.RegisterCallbackForPinValueChangedEvent(line, PinEventTypes.Rising | PinEventTypes.Falling, changed);
        return true;
    });

    /// <summary>Gives the line back; the driver keeps one that somebody still listens to.</summary>
    public void Close(PinChangeEventHandler? changed = null)
    {
        if (Interlocked.Exchange(ref isClosed, 1) == 1) return;
        try
        {
            if (changed is not null) controller.UnregisterCallbackForPinValueChangedEvent(line, changed);
            controller.ClosePin(line);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
        {
            return; // the chip is gone, or closed as a whole
        }
        finally
        {
            closed(line);
        }
    }

    public LinkException Closed(Exception? cause = null) => new("CME-2309", $"{name} is closed.", cause);

    private T Reach<T>(Func<T> call)
    {
        if (isClosed == 1) throw Closed();
        try
        {
            return call();
        }
        catch (ObjectDisposedException e)
        {
            throw Closed(e);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ArgumentException)
        {
            throw new LinkException("CME-2305", $"{name} cannot be reached any more: {e.Message} Check the plug of the I/O board; the line is opened again by itself.", e);
        }
    }
}
