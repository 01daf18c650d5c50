using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Deploy;

/// <summary>Where the parts are with which a program runs under a unit's system calls.</summary>
internal static class UnderFilter
{
    public static string Script { get; } = Repository.At("tests", "CoMaKo.Integration.Tests", "Deploy", "under_filter.py");

    public static string Unit(string part) => Repository.At("deploy", "systemd", $"comako-{part}.service");
}
