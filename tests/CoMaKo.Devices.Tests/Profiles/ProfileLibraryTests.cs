using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Profiles;

public sealed class ProfileLibraryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("profiles").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Load_ShippedProfiles_AllReadTheirGoldenCapture()
    {
        var library = await ProfileLibrary.LoadAsync([Repository.At("hardware", "profiles")], default);

        Assert.Empty(library.Findings);
        Assert.Equal(
            [
                "carlo-gavazzi-em24", "comako-sim-setpoint", "comako-sim-wallbox", "eastron-sdm630", "goodwe-et", "kostal-plenticore", "sma-battery", "solaredge-storedge",
                "solax-gen4", "sungrow-sh", "sunspec-storage",
            ],
            library.Profiles.Keys.Order(StringComparer.Ordinal));
        Assert.All(library.Profiles.Values, p => Assert.True(p.Verify is { Expect.Count: > 5 } || (p.Control is not null && p.Verify is { Expect.Count: > 1, Writes: not null }), p.Name));
    }

    [Fact]
    public async Task Load_ProfileWithAnyWrongRegister_IsFoundByItsCapture()
    {
        string yaml = await File.ReadAllTextAsync(Repository.At("hardware", "profiles", "meters", "eastron-sdm630.yaml"));
        File.Copy(Repository.At("hardware", "profiles", "meters", "eastron-sdm630.hex"), Path.Combine(folder, "eastron-sdm630.hex"));
        (string Right, string Wrong)[] mistakes =
        [
            ("register: 0x0048", "register: 0x004A"), ("unit: kWh, obis: \"1-0:1", "unit: Wh, obis: \"1-0:1"), ("wordOrder: hi-lo", "wordOrder: lo-hi"),
            ("register: 0x000C, table: input, type: float32", "register: 0x000C, table: input, type: uint32"), ("table: input, type: float32, min", "table: holding, type: float32, min"),
        ];
        foreach (var (right, wrong) in mistakes)
        {
            Assert.Contains(right, yaml, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, "wrong.yaml"), yaml.Replace(right, wrong, StringComparison.Ordinal));
            var library = await ProfileLibrary.LoadAsync([folder], default);
            Assert.Empty(library.Profiles);
            Assert.Contains(library.Findings, f => f.Finding.Code is "CME-1217" or "CME-1214");
        }
    }

    [Fact]
    public async Task Load_ProfileWithAnyWrongWrite_IsFoundByItsGoldenFrames()
    {
        string from = Repository.At("hardware", "profiles", "batteries");
        foreach (string file in Directory.EnumerateFiles(from, "*.hex")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        (string Profile, string Right, string Wrong)[] mistakes =
        [
            ("kostal-plenticore", "register: 1034", "register: 1036"), ("kostal-plenticore", "type: float32, min: -30000", "type: float32, wordOrder: hi-lo, min: -30000"),
            ("sma-battery", "external-mode: 802 }", "external-mode: 803 }"), ("sma-battery", "type: int32,  min", "type: int32, scale: -1, min"),
            ("goodwe-et", "ems-mode: 12, ems-power: discharge", "ems-mode: 11, ems-power: discharge"), ("goodwe-et", "ems-power: charge }", "ems-power: discharge }"),
            ("solax-gen4", "active-power: output", "active-power: power"), ("solax-gen4", "scale: -1, memory", "scale: 1, memory"),
            ("solaredge-storedge", "- { command-mode: 3 }", "- { command-mode: 4 }"), ("sungrow-sh", "memory: eeprom, hysteresis: 200 }", "memory: eeprom }"),
            ("sungrow-sh", "ems-command: 0xBB", "ems-command: 0xAA"), ("sungrow-sh", "scale: 10, memory", "scale: 1, memory"),
        ];
        foreach (var (profile, right, wrong) in mistakes)
        {
            string yaml = await File.ReadAllTextAsync(Path.Combine(from, profile + ".yaml"));
            Assert.Contains(right, yaml, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, "wrong.yaml"), yaml.Replace(right, wrong, StringComparison.Ordinal));
            var library = await ProfileLibrary.LoadAsync([folder], default);
            Assert.True(library.Findings is [{ Finding.Code: "CME-2412" }], $"{profile}: {right} → {wrong}: {string.Join(' ', library.Findings)}");
        }
    }

    [Fact]
    public async Task Load_SeveralWrongFiles_ReportsAllWithTheirFile()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "a.yaml"), "profile: [");
        await File.WriteAllTextAsync(Path.Combine(folder, "b.yaml"), "profile: b\nkind: meter\ntransport: sunspec\nverify: { capture: absent.hex, expect: {} }");
        await File.WriteAllTextAsync(Path.Combine(folder, "c.yaml"), "profile: c\nkind: meter\ntransport: sunspec");
        await File.WriteAllTextAsync(Path.Combine(folder, "d.yaml"), "profile: c\nkind: meter\ntransport: sunspec");
        await File.WriteAllTextAsync(Path.Combine(folder, "e.yaml"), "profile: e\nkind: meter\ntransport: sunspec\nverify: { capture: e.hex, expect: {} }");
        await File.WriteAllTextAsync(Path.Combine(folder, "e.hex"), "> 01 03 9c 40 00 02 ea 4f # wrong CRC\n");

        var library = await ProfileLibrary.LoadAsync([folder, "/nonexistent"], default);

        Assert.Equal(["c"], library.Profiles.Keys);
        Assert.Equal(
            [("a.yaml", "CME-1201"), ("b.yaml", "CME-1216"), ("d.yaml", "CME-1218"), ("e.yaml", "CME-1216")],
            library.Findings.Select(f => (Path.GetFileName(f.File), f.Finding.Code)));
    }

    [Fact]
    public async Task Load_WantedNames_LeavesWrongFilesOfOthersAlone()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "a.yaml"), "profile: a\nkind: nonsense");
        await File.WriteAllTextAsync(Path.Combine(folder, "b.yaml"), "# the good one\nprofile: b\nkind: meter\ntransport: sunspec");
        await File.WriteAllTextAsync(Path.Combine(folder, "c.yaml"), "{ profile: \"c\", kind: meter, transport: sunspec }");
        await File.WriteAllTextAsync(Path.Combine(folder, "d.yaml"), "profile: [");

        Assert.Equal(["a", "b", "c"], ProfileLibrary.Names([folder]).Order(StringComparer.Ordinal));
        var library = await ProfileLibrary.LoadAsync([folder], default, new HashSet<string>(StringComparer.Ordinal) { "b", "c" });

        Assert.Equal(["b", "c"], library.Profiles.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["d.yaml"], library.Findings.Select(f => Path.GetFileName(f.File)).Distinct()); // nobody knows whose it is
        library = await ProfileLibrary.LoadAsync([folder], default, new HashSet<string>(StringComparer.Ordinal) { "a" });
        Assert.Contains(library.Findings, f => Path.GetFileName(f.File) == "a.yaml");
    }

    [Fact]
    public void Names_OfTheShippedProfiles_AreThoseOfTheirFiles() => Assert.Equal(
        Directory.EnumerateFiles(Repository.At("hardware", "profiles"), "*.yaml", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal),
        ProfileLibrary.Names([Repository.At("hardware", "profiles")]).Order(StringComparer.Ordinal));
}
