using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CoMaKo.Testing;

/// <summary>Somebody with a browser at the gateway: makes the first account with the code of the first boot, signs in, runs a write test. Cookies, tokens and forms as the pages send them.</summary>
public sealed partial class Technician(int port) : IDisposable
{
    private const string Name = "installer", Password = "kalter Keller 7";
    private readonly HttpClient browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = new($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };

    /// <param name="printed">What the gateway printed at its start.</param>
    public async Task UseFirstBootCodeAsync(string printed)
    {
        string code = Code().Match(printed).Groups[1].Value;
        if (code.Length == 0) throw new InvalidOperationException($"No code was printed.\n{printed}");
        using var answer = await PostAsync("/first-boot", "/first-boot", ("code", code), ("name", Name), ("password", Password));
        if (answer.StatusCode != HttpStatusCode.SeeOther) throw new InvalidOperationException($"The code was not taken: {answer.StatusCode}.");
    }

    /// <summary>Runs a write test to its end, as the page does: start, a sign of life each half second, the result.</summary>
    /// <param name="control">Reads <c>/api/control</c>.</param>
    /// <returns>Absent if the battery's direction is confirmed now; else the code that the page shows.</returns>
    public async Task<string?> TestAsync(string device, string test, Func<Task<JsonElement>> control)
    {
        using var started = await PostAsync("/battery/test", "/battery/test/start", ("device", device), ("test", test));
        string body = await started.Content.ReadAsStringAsync();
        if (started.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"The write test did not start: {body}");
        string id = JsonDocument.Parse(body).RootElement.GetProperty("id").GetInt64().ToString(System.Globalization.CultureInfo.InvariantCulture);
        string token = await TokenAsync("/battery/test");
        // When its commands are over, the test still waits for the battery to come back.
        for (int ended = 0; ended < 100;)
        {
            using var alive = await SendAsync("/battery/test/heartbeat", token, ("test", id));
            var battery = (await control()).GetProperty("batteries").EnumerateArray().First(b => b.GetProperty("device").GetString() == device);
            if (battery.GetProperty("isVerified").GetBoolean()) return null;
            if (alive.StatusCode == HttpStatusCode.Gone) ended++;
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }

        return Finding().Match(await PageAsync("/battery/test")).Value;
    }

    public void Dispose() => browser.Dispose();

    private async Task<HttpResponseMessage> PostAsync(string page, string address, params (string Name, string Value)[] fields) => await SendAsync(address, await TokenAsync(page), fields);

    private async Task<HttpResponseMessage> SendAsync(string address, string token, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create("token", token)]);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = form };
        request.Headers.Add("Origin", browser.BaseAddress!.GetLeftPart(UriPartial.Authority));
        return await browser.SendAsync(request);
    }

    private async Task<string> TokenAsync(string page) => Token().Match(await PageAsync(page)).Groups[1].Value;

    /// <summary>A page as the browser gets it.</summary>
    public async Task<string> PageAsync(string page)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, page);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        using var answer = await browser.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    [GeneratedRegex(@"shown only now: ([0-9A-Z]{5}-[0-9A-Z]{5})", RegexOptions.None, 1000)]
    private static partial Regex Code();

    [GeneratedRegex("CME-20[67][0-9]", RegexOptions.None, 1000)]
    private static partial Regex Finding();

    [GeneratedRegex("name=\"token\" value=\"([0-9a-f]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Token();
}
