using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Accounts, the one-time code and how guessing is slowed.</summary>
public sealed class AccountBookTests : IDisposable
{
    private const string Here = "192.0.2.10";
    private const string Attacker = "192.0.2.66";
    private const string Password = "kalter Keller 7";
    private readonly FakeTimeProvider clock = new();
    private readonly MemoryAccess store = new();
    private readonly AccountBook book;

    public AccountBookTests() => book = new AccountBook(store, clock, clock);

    public void Dispose() => book.Dispose();

    /// <summary>Security §10, goal 6.</summary>
    [Fact]
    public async Task Code_AfterTenThousandWrongOnes_LetsNobodyInButTheRightPerson()
    {
        string code = (await book.FirstBootAsync(default))!;
        int judged = 0, let = 0;
        for (int i = 0; i < 10_000; i++)
        {
            var (account, refusal) = await book.UseCodeAsync(OneTimeCode.New(), "eve", Password, Attacker, default);
            if (refusal!.Code == "CME-2208") judged++;
            if (account is not null) let++;
            clock.Advance(TimeSpan.FromSeconds(1)); // a fast typist, nearly three hours long
        }

        Assert.Equal(0, let);
        Assert.InRange(judged, 5, 20);
        Assert.Equal(Role.Operator, (await book.UseCodeAsync(code.ToLowerInvariant(), "anna", Password, Here, default)).Account!.Role);
    }

    [Fact]
    public async Task Code_FromTheAttackersAddress_WaitsAtMostFifteenMinutes()
    {
        string code = (await book.FirstBootAsync(default))!;
        for (int i = 0; i < 10_000; i++) await book.UseCodeAsync("0000000000", "eve", Password, Here, default);
        Assert.Equal("CME-2206", (await book.UseCodeAsync(code, "anna", Password, Here, default)).Refusal!.Code);
        clock.Advance(TimeSpan.FromMinutes(15));
        Assert.NotNull((await book.UseCodeAsync(code, "anna", Password, Here, default)).Account);
    }

    [Fact]
    public async Task Password_AfterTenThousandWrongOnes_StillOpensForItsOwner()
    {
        await MakeAsync("anna");
        var anna = (await book.SignInAsync("anna", Password, null, Here, default)).Account!;
        await book.RememberDeviceAsync(anna, "device-of-anna", default);
        int let = 0;
        for (int i = 0; i < 10_000; i++)
        {
            if ((await book.SignInAsync("anna", $"guess number {i}", null, Attacker, default)).Account is not null) let++;
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, let);
        Assert.NotNull((await book.SignInAsync("anna", Password, "device-of-anna", Attacker, default)).Account);
        Assert.Equal("CME-2206", (await book.SignInAsync("anna", Password, null, Here, default)).Refusal!.Code); // a browser never seen waits, but not for ever
        clock.Advance(TimeSpan.FromMinutes(15));
        Assert.NotNull((await book.SignInAsync("anna", Password, null, Here, default)).Account);
    }

    [Fact]
    public async Task WrongTries_WaitLongerEachTime_AndTriesMeanwhileDoNotProlong()
    {
        await MakeAsync("anna");
        var waits = new List<double>();
        for (int i = 0; i < 4; i++) Assert.Equal("CME-2207", (await book.SignInAsync("anna", "not the password", null, Here, default)).Refusal!.Code);
        for (int i = 0; i < 7; i++)
        {
            Assert.Equal("CME-2207", (await book.SignInAsync("anna", "not the password", null, Here, default)).Refusal!.Code);
            var wait = (await book.SignInAsync("anna", Password, null, Here, default)).Refusal!.Wait;
            waits.Add(wait.TotalMinutes);
            clock.Advance(wait);
        }

        Assert.Equal([1, 2, 4, 8, 15, 15, 15], waits);
        Assert.NotNull((await book.SignInAsync("anna", Password, null, Here, default)).Account);
    }

    [Fact]
    public async Task TriesAtOnce_AreCountedBeforeTheyAreJudged()
    {
        await MakeAsync("anna");
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => book.SignInAsync("anna", $"guess number {i}", null, Here, default)));
        Assert.Equal(TryLimit.Free, answers.Count(answer => answer.Refusal!.Code is "CME-2207" or "CME-2212"));
    }

    [Fact]
    public async Task Strangers_WithManyNamesAndAddresses_DoNotFillTheMemory()
    {
        var limit = new TryLimit(clock);
        for (int i = 0; i < 20_000; i++) limit.Enter($"account {i}", $"address {i}");
        Assert.InRange(limit.Count, 1, TryLimit.Most);
        Assert.Equal("CME-2207", (await book.SignInAsync("nobody", Password, null, Here, default)).Refusal!.Code);
    }

    [Fact]
    public async Task Code_IsUsedOnce_AndNotMadeAgainWhileValid()
    {
        string code = (await book.FirstBootAsync(default))!;
        Assert.Matches("^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$", code);
        Assert.Null(await book.FirstBootAsync(default));
        Assert.DoesNotContain(code.Replace("-", "", StringComparison.Ordinal), store.Read().Code, StringComparison.Ordinal);
        Assert.NotNull((await book.UseCodeAsync(code, "anna", Password, Here, default)).Account);
        Assert.Equal("CME-2208", (await book.UseCodeAsync(code, "eve", Password, Here, default)).Refusal!.Code);
        Assert.Null(await book.FirstBootAsync(default));
    }

    [Fact]
    public async Task Code_UsedTwiceAtOnce_MakesOneAccount()
    {
        string code = (await book.FirstBootAsync(default))!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => book.UseCodeAsync(code, $"anna{i}", Password, Here, default)));
        Assert.Single(answers, answer => answer.Account is not null);
        Assert.Single(store.Read().Accounts);
    }

    [Fact]
    public async Task Recovery_ReplacesTheAccountOfThatName_AndEndsItsSessions()
    {
        await MakeAsync("anna");
        int generation = store.Read().Find("anna")!.Generation;
        string code = await AccountBook.NewCodeAsync(store, default);
        Assert.NotNull((await book.UseCodeAsync(code, "Anna", "neuer Keller 8", Here, default)).Account);
        Assert.True(store.Read().Find("anna")!.Generation > generation);
        Assert.Equal("CME-2207", (await book.SignInAsync("anna", Password, null, Here, default)).Refusal!.Code);
    }

    [Theory]
    [InlineData("7k3qx-92mva", "7K3QX92MVA")]
    [InlineData(" 7K3QX 92MVA ", "7K3QX92MVA")]
    [InlineData("oil00-00000", "0110000000")]
    [InlineData("7K3QX-92MV", null)]
    [InlineData("7K3QX-92MVU", null)]
    [InlineData("", null)]
    public void Code_AsTyped_IsReadInOneForm(string typed, string? code) => Assert.Equal(code, OneTimeCode.Normalise(typed));

    [Theory]
    [InlineData("kurz 1", false)]
    [InlineData("aaaaaaaaaaaaaa", false)]
    [InlineData("anna2026anna", false)]
    [InlineData("zehn Zeich", true)]
    public void Password_MustNotBeEasy(string password, bool isStrong) => Assert.Equal(isStrong, AccountBook.IsStrong(password, "anna"));

    [Fact]
    public void PasswordHash_IsSaltedSlowAndMatchesOnlyItsOwn()
    {
        string hash = PasswordHash.Of("Grüße aus dem Keller");
        Assert.StartsWith("pbkdf2-sha512$210000$", hash, StringComparison.Ordinal);
        Assert.NotEqual(hash, PasswordHash.Of("Grüße aus dem Keller"));
        Assert.True(PasswordHash.Matches("Gru\u0308ße aus dem Keller", hash)); // the same letter, typed in two code points
        Assert.False(PasswordHash.Matches("Grüße aus dem keller", hash));
        foreach (string broken in (string[])["", "plain", "pbkdf2-sha512$1$AAAA$AAAA", "pbkdf2-sha512$210000$%$%", hash.Replace("sha512", "sha1", StringComparison.Ordinal)])
            Assert.False(PasswordHash.Matches("Grüße aus dem Keller", broken));
    }

    [Fact]
    public async Task LastOperator_CannotBeDisabledOrDemoted()
    {
        await MakeAsync("anna");
        Assert.Equal("CME-2211", (await book.SetDisabledAsync("anna", true, default))!.Code);
        Assert.Equal("CME-2211", (await book.SetRoleAsync("anna", Role.Viewer, default))!.Code);
        await book.AddAsync("bert", Role.Operator, default);
        Assert.Null(await book.SetDisabledAsync("anna", true, default));
        Assert.Equal("CME-2207", (await book.SignInAsync("anna", Password, null, Here, default)).Refusal!.Code);
    }

    private async Task MakeAsync(string name) => await book.UseCodeAsync(await AccountBook.NewCodeAsync(store, default), name, Password, Here, default);
}
