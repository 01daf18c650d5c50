using System.Diagnostics;
using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Tests.Linux;

public sealed class SystemClockTests
{
    [Fact]
    public void Clock_Asked_AgreesWithAnotherBindingOfTheKernel()
    {
        // adjtimex(2) returns TIME_ERROR (5) while nothing disciplines the clock.
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3")
        {
            ArgumentList = { "-c", "import ctypes; print(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(256)))" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        string state = python.StandardOutput.ReadToEnd().Trim();
        python.WaitForExit();
        bool expected = state == "-1" ? File.Exists("/run/systemd/timesync/synchronized") : state != "5";
        Assert.Equal(expected, SystemClock.IsSynchronised());
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(170, true)]
    [InlineData(190, false)]
    [InlineData(-30, false)]
    public void Flag_OfTimesyncd_CountsWhileItIsFresh(int minutesAgo, bool synchronised)
    {
        var now = new DateTimeOffset(2026, 6, 1, 10, 0, 0, TimeSpan.Zero);
        var flag = new FileInfo(Path.Combine(Directory.CreateTempSubdirectory("comako-").FullName, "synchronized"));
        Assert.False(SystemClock.IsFresh(flag, now));
        File.WriteAllText(flag.FullName, "");
        File.SetLastWriteTimeUtc(flag.FullName, now.AddMinutes(-minutesAgo).UtcDateTime);
        flag.Refresh();
        Assert.Equal(synchronised, SystemClock.IsFresh(flag, now));
    }
}
