using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Access;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>The file of accounts.</summary>
public sealed class FileAccessStoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("comako-access-").FullName;

    private string Path => System.IO.Path.Combine(folder, "access.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task State_IsReadBackByAnother_AndOnlyTheOwnerMayReadTheFile()
    {
        await Store().ChangeAsync(state => state.With(Anna with { Devices = ["d1"], Generation = 3 }) with { Code = "hash" }, default);
        var read = Store().Read();
        Assert.Equal(("hash", 3), (read.Code, read.Find("ANNA")!.Generation));
        Assert.Equal(Anna.Created, read.Accounts[0].Created);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.False(File.Exists(Path + ".new"));
    }

    [Fact]
    public async Task ChangesOfTwoProcesses_AllCount()
    {
        var (service, command) = (Store(), Store());
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => (i % 2 == 0 ? service : command).ChangeAsync(state => state.With(Anna with { Name = $"anna{i}" }), default))));
        Assert.Equal(40, service.Read().Accounts.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"format":2,"accounts":[]}""")]
    [InlineData("""{"format":1}""")]
    [InlineData("""{"format":1,"accounts":[{"name":"a","role":"king"}]}""")]
    [InlineData("""{"format":1,"accounts":[],"accounts":[]}""")]
    public async Task UnreadableFile_SignsNobodyIn_AndRecoveryPutsItAside(string content)
    {
        await File.WriteAllTextAsync(Path, content);
        var store = Store();
        Assert.Contains("comako-edge access --new-code", Assert.Throws<AccessStoreException>(store.Read).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AccessStoreException>(() => store.ChangeAsync(state => state.With(Anna), default));
        Assert.Equal(content, await File.ReadAllTextAsync(Path));
        Assert.Equal(content, await File.ReadAllTextAsync(store.SetAsideIfUnreadable()!));
        Assert.Empty(store.Read().Accounts);
        Assert.Null(store.SetAsideIfUnreadable());
    }

    [Fact]
    public async Task UnwritableDirectory_ChangesNothing()
    {
        var store = Store();
        await store.ChangeAsync(state => state.With(Anna), default);
        Directory.CreateDirectory(Path + ".new"); // the new file cannot be made, also not by root
        await Assert.ThrowsAsync<AccessStoreException>(() => store.ChangeAsync(state => state.With(Anna with { Name = "bert" }), default));
        Assert.Single(Store().Read().Accounts);
    }

    private static Account Anna { get; } = new("anna", Role.Operator, "hash", false, false, Instant.FromUnixTimeSeconds(1_780_000_000), []);

    private FileAccessStore Store() => new(folder, TimeProvider.System);
}
