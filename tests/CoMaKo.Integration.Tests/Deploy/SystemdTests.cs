using System.Diagnostics;
using System.Runtime.Versioning;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Deploy;

/// <summary>Units and scripts of <c>deploy/systemd</c>, judged by systemd's own tools and run below a folder.</summary>
[SupportedOSPlatform("linux")]
public sealed class SystemdTests : IDisposable
{
    private const int Worst = 15; // exposure 1.5 in tenths

    private static readonly string Source = Repository.At("deploy", "systemd");

    private readonly string root = Directory.CreateTempSubdirectory("comako-deploy-").FullName;

    public static TheoryData<string> Parts => ["edge", "hub"];

    [RequiresTheory(Peer.SystemdAnalyze)]
    [MemberData(nameof(Parts))]
    public void Unit_Exposure_IsAtMostOnePointFive(string part)
    {
        var (exit, output) = Run("systemd-analyze", ["security", "--offline=true", $"--threshold={Worst}", "--no-pager", Path.Combine(Source, $"comako-{part}.service")]);
        Assert.True(exit == 0, output);
        Assert.Contains("Overall exposure level", output, StringComparison.Ordinal);
    }

    [RequiresTheory(Peer.SystemdAnalyze)]
    [MemberData(nameof(Parts))]
    public void Unit_Verified_HasNoFault(string part)
    {
        Install(part);
        // Verification looks for the program; below a folder it has another path.
        string unit = Path.Combine(root, $"comako-{part}.service");
        File.WriteAllText(unit, File.ReadAllText(Path.Combine(Source, $"comako-{part}.service")).Replace("=/usr/lib/comako", $"={root}/usr/lib/comako", StringComparison.Ordinal));
        var (exit, output) = Run("systemd-analyze", ["verify", "--man=no", unit]);
        Assert.True(exit == 0 && !output.Contains($"comako-{part}", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("install.sh")]
    [InlineData("update.sh")]
    [InlineData("uninstall.sh")]
    [InlineData("launcher")]
    public void Script_Syntax_IsRight(string script)
    {
        var (exit, output) = Run("bash", ["-n", Path.Combine(Source, script)]);
        Assert.True(exit == 0, output);
        Assert.True(File.GetUnixFileMode(Path.Combine(Source, script)).HasFlag(UnixFileMode.UserExecute));
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Install_BelowAFolder_PutsEverythingInItsPlace(string part)
    {
        Install(part);
        Assert.True(File.Exists(In($"usr/lib/comako/{part}/comako-{part}.dll")));
        Assert.Equal($"/usr/lib/comako/{part}/comako-{part}", new FileInfo(In($"usr/local/bin/comako-{part}")).LinkTarget);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Source, "launcher")), File.ReadAllBytes(In($"usr/lib/comako/{part}/comako-{part}")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Source, $"comako-{part}.service")), File.ReadAllBytes(In($"etc/systemd/system/comako-{part}.service")));
        Assert.Equal(part == "edge", File.Exists(In("etc/udev/rules.d/70-comako.rules")));
    }

    [Fact]
    public void Install_Again_KeepsTheOldProgramAndWhatAPersonWrote()
    {
        Install("edge", "one");
        File.WriteAllText(In("etc/comako/edge.env"), "COMAKO_EDGE_ARGS=--listen 0.0.0.0\n");
        File.WriteAllText(In("etc/comako/building.yaml"), "building: ours\n");
        Install("edge", "two");
        Assert.Equal("two", File.ReadAllText(In("usr/lib/comako/edge/comako-edge.dll")));
        Assert.Equal("one", File.ReadAllText(In("usr/lib/comako/edge.previous/comako-edge.dll")));
        Assert.Equal("COMAKO_EDGE_ARGS=--listen 0.0.0.0\n", File.ReadAllText(In("etc/comako/edge.env")));
        Assert.Equal("building: ours\n", File.ReadAllText(In("etc/comako/building.yaml")));
    }

    [Fact]
    public void Install_WrongFolder_SaysWhatIsMissing()
    {
        var (exit, output) = Run(Path.Combine(Source, "install.sh"), ["edge", root]);
        Assert.Equal(1, exit);
        Assert.Contains("comako-edge.dll", output, StringComparison.Ordinal);
        Assert.Equal(2, Run(Path.Combine(Source, "install.sh"), []).Exit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Uninstall_Data_GoesOnlyWhenAskedFor(bool delete)
    {
        Install("edge");
        File.WriteAllText(In("etc/comako/building.yaml"), "building: ours\n");
        Directory.CreateDirectory(In("var/lib/private/comako-edge"));
        File.WriteAllText(In("var/lib/private/comako-edge/buffer"), "totals");
        string[] arguments = delete ? ["edge", "--delete-data"] : ["edge"];
        var (exit, output) = Run(Path.Combine(Source, "uninstall.sh"), arguments);
        Assert.True(exit == 0, output);
        Assert.False(Directory.Exists(In("usr/lib/comako/edge")));
        Assert.False(File.Exists(In("etc/systemd/system/comako-edge.service")));
        Assert.True(File.Exists(In("etc/comako/building.yaml")));
        Assert.Equal(!delete, File.Exists(In("var/lib/private/comako-edge/buffer")));
    }

    [Fact]
    public void Launcher_ThroughTheLinkOnThePath_StartsTheProgramBesideIt()
    {
        Install("edge");
        Directory.CreateDirectory(In("runtime"));
        File.WriteAllText(In("runtime/dotnet"), "#!/bin/sh\necho \"$@\"\n");
        File.SetUnixFileMode(In("runtime/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(In("comako-edge"), In("usr/lib/comako/edge/comako-edge"));
        var (exit, output) = Run(In("comako-edge"), ["check", "--json"], ("DOTNET_ROOT", In("runtime")));
        Assert.Equal((0, $"{In("usr/lib/comako/edge/comako-edge.dll")} check --json"), (exit, output.Trim()));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string In(string path) => Path.Combine(root, path);

    private void Install(string part, string content = "program")
    {
        string published = Directory.CreateDirectory(In($"published-{part}")).FullName;
        File.WriteAllText(Path.Combine(published, $"comako-{part}.dll"), content);
        var (exit, output) = Run(Path.Combine(Source, "install.sh"), [part, published]);
        Assert.True(exit == 0, output);
    }

    private (int Exit, string Output) Run(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["DESTDIR"] = root;
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)), $"{program} did not end.");
        return (process.ExitCode, output);
    }
}
