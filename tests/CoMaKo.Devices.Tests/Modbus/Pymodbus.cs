using System.Diagnostics;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>The foreign peer's scripts.</summary>
internal static class Pymodbus
{
    public static readonly byte[] ExceptionCodes = [1, 2, 3, 4, 5, 6, 8, 10, 11];

    public static Process Start(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Peers.Python) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Repository.At("tests", "CoMaKo.Devices.Tests", "peers", script));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    public static string NameOf(ModbusFraming framing) => framing switch { ModbusFraming.Tcp => "tcp", ModbusFraming.RtuOverTcp => "rtu-over-tcp", _ => "serial" };
}
