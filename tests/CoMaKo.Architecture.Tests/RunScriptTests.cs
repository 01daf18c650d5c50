using System.Diagnostics;

namespace CoMaKo.Architecture.Tests;

/// <summary>What <c>./run</c> says when a build fails.</summary>
public sealed class RunScriptTests : IDisposable
{
    private readonly string log = Path.GetTempFileName();

    public void Dispose() => File.Delete(log);

    [Fact]
    public void BuiltNot_PackagesMissing_NamesThemAllInOneSentence()
    {
        File.WriteAllText(log, """
            /src/hardware/adapters/A/A.csproj : error NU1101: Unable to find package NModbus. No packages exist with this id in source(s): feed
            /src/hardware/adapters/B/B.csproj : error NU1101: Unable to find package Iot.Device.Bindings. No packages exist with this id in source(s): feed
            /src/hardware/adapters/A/A.csproj : error NU1101: Unable to find package NModbus. No packages exist with this id in source(s): feed
            /src/edge/adapters/C/C.csproj : error NU1102: Unable to find package LiteDB with version (>= 5.0.21)
            """);
        string said = Say("-p:Adapters=nuget");
        Assert.Equal("The package feed of this machine does not carry Iot.Device.Bindings, LiteDB, NModbus, so the optional parts cannot be built here: run again without -p:Adapters=nuget, or add a feed that does.\n", said);
    }

    [Theory]
    [InlineData("-p:Adapters=nuget")]
    [InlineData("")]
    public void BuiltNot_AnyOtherError_IsShownAsItIs(string adapters)
    {
        File.WriteAllText(log, "/src/a.cs(1,1): error CS1002: ; expected\n");
        Assert.Equal(File.ReadAllText(log), Say(adapters));
    }

    /// <summary>The script's own function under the script's own shell options.</summary>
    private string Say(string adapters)
    {
        string script = $"set -euo pipefail; adapters=({adapters}); eval \"$(sed -n '/^built_not()/,/^}}/p' '{Path.Combine(Solution.Root, "run")}')\"; built_not '{log}'";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string said = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
        return said;
    }
}
