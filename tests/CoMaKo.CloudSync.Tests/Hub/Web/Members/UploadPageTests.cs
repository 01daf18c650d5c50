using System.Globalization;
using System.Net;
using System.Text;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Web.Members;

/// <summary>Readings as a file: proposed mapping, dry run with row findings, taking over with progress, and the same file again.</summary>
public sealed class UploadPageTests : IAsyncLifetime
{
    private const string Address = "/pages/my/readings/upload";
    private MemberScene scene = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (scene?.DisposeAsync() ?? ValueTask.CompletedTask);

    /// <summary>German file in Windows-1252 with semicolons and commas, English one in UTF-8 with commas and points, a tab file without point: each is understood.</summary>
    [Theory, OnSqlite]
    [Row("Zählpunkt;Datum;Stand\r\nZP001;01.05.2026;12345,6\r\nZP001;11.05.2026 12:00;12445,6\r\n", true)]
    [Row("metering_point,time,register_kwh\nZP001,2026-05-01T00:00:00+02:00,12345.6\nZP001,2026-05-11 12:00,12445.6\n", false)]
    [Row("Zeit\tWert\n2026-05-01\t12345,6\n2026-05-11 12:00\t12445,6\n", false)]
    public async Task File_IsUnderstood_Shown_TakenOver_AndHarmlessTwice(Engine engine, string csv, bool isAnsi)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        byte[] bytes = isAnsi ? CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(csv) : Encoding.UTF8.GetBytes(csv);
        string address = await UploadAsync(bytes);
        string shown = await TextAsync(address);

        Assert.Contains("2 rows can be taken over: 2 new, 0 known already.", shown, StringComparison.Ordinal);
        Assert.Contains("12,445.600", shown, StringComparison.Ordinal);
        Assert.Empty((await scene.Hub.GetAsync("/readings/ZP001")).Json.GetProperty("items").EnumerateArray());
        Assert.Contains("2 stored, 0 were known already.", await TakeOverAsync(address), StringComparison.Ordinal);
        Assert.Equal(["12345.600 file 2026-04-30T22:00:00Z", "12445.600 file 2026-05-11T10:00:00Z"], (await scene.Hub.GetAsync("/readings/ZP001")).Json.GetProperty("items").EnumerateArray()
            .Select(each => $"{each.GetProperty("register_kwh").GetRawText()} {each.GetProperty("origin").GetString()} {each.GetProperty("timestamp").GetString()}"));

        string again = await UploadAsync(bytes);
        Assert.Contains("2 rows can be taken over: 0 new, 2 known already.", await TextAsync(again), StringComparison.Ordinal);
        Assert.Contains("0 stored, 2 were known already.", await TakeOverAsync(again), StringComparison.Ordinal);
    }

    /// <summary>All findings at once, with their rows; nothing is stored. Another mapping reads the same bytes anew.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task File_WithMistakes_NamesEachRow_AndStoresNothing(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        string address = await UploadAsync(Encoding.UTF8.GetBytes("metering_point;time;register_kwh\nZP001;2026-05-01;12345,6\nZP002;2026-05-01;1\nZP001;yesterday;2\nZP001;2026-07-01;3\nZP001;2026-05-02;3,1234\nZP001;2026-05-03\n"));
        var page = MemberScene.Parse(await scene.TextAsync("anna", address));

        Assert.Equal(["Row 3: CMH-1701", "Row 4: CMH-1609", "Row 5: CMH-3110", "Row 6: CMH-1607", "Row 7: CMH-1623"],
            page.QuerySelectorAll(".findings li").Select(item => $"{item.QuerySelector("b")!.TextContent.Trim()} {item.QuerySelector(".small")!.TextContent.Split(' ')[0]}"));
        Assert.Null(page.QuerySelector("button[value=store]"));
        Assert.Contains("Nothing was stored.", await TakeOverAsync(address), StringComparison.Ordinal);
        Assert.Empty((await scene.Hub.GetAsync("/readings/ZP001")).Json.GetProperty("items").EnumerateArray());

        string swapped = await UploadAsync(Encoding.UTF8.GetBytes("a;b;c\n2026-05-01;77;12345,6\n"));
        using (await MemberScene.PostAsync(await scene.AsAsync("anna"), swapped, ("action", "check"), ("time", "0"), ("value", "2"), ("decimal", "comma"))) { }
        Assert.Contains("1 rows can be taken over: 1 new", await TextAsync(swapped), StringComparison.Ordinal);
        using (var foreign = await (await scene.AsAsync("bert")).GetAsync(new Uri(swapped, UriKind.Relative))) Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
    }

    /// <summary>Thousands of rows are taken over away from the request, and the page says how far it is.</summary>
    [Theory, OnSqlite]
    public async Task LongFile_IsTakenOverInTheBackground(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        var csv = new StringBuilder("time;register_kwh\n");
        var start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
        for (int i = 0; i < 1500; i++) csv.Append(CultureInfo.InvariantCulture, $"{start.AddHours(i * 2):yyyy-MM-dd HH:mm};{1000 + i * 3}\n");
        csv.Replace("2026-03-29 02:00", "2026-03-29 03:00"); // the hour that is skipped

        Assert.Contains("1,500 stored, 0 were known already.", await TakeOverAsync(await UploadAsync(Encoding.UTF8.GetBytes(csv.ToString()))), StringComparison.Ordinal);
    }

    private async Task<string> UploadAsync(byte[] bytes)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", "readings.csv" } };
        using var answer = await (await scene.AsAsync("anna")).PostAsync(new Uri(Address, UriKind.Relative), form);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return answer.Headers.Location!.OriginalString;
    }

    private async Task<string> TakeOverAsync(string address)
    {
        using (await MemberScene.PostAsync(await scene.AsAsync("anna"), address, ("action", "store"))) { }
        for (int i = 0; i < 600; i++)
        {
            string text = await TextAsync(address);
            if (!text.Contains("is being taken over", StringComparison.Ordinal)) return text;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Fail("The upload was never taken over.");
        return "";
    }

    private async Task<string> TextAsync(string address) => MemberScene.Plain(MemberScene.Parse(await scene.TextAsync("anna", address)).QuerySelector("main")!.TextContent);
}
