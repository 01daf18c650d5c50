using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace CoMaKo.Testing;

/// <summary>The distribution's Chromium, headless, driven by the DevTools protocol over one socket.</summary>
public sealed class Browser : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;
    private readonly ClientWebSocket socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> calls = new();
    private readonly ConcurrentQueue<(string Method, JsonNode Parameters)> events = new();
    private static readonly JsonSerializerOptions Compact = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private int lastId;
    private string? session;

    private Browser(Process process, string profile)
    {
        this.process = process;
        folder = profile;
    }

    /// <summary>Events of the page since the start, e.g. <c>Network.responseReceived</c>.</summary>
    public IEnumerable<JsonNode> Events(string method) => events.Where(e => e.Method == method).Select(e => e.Parameters);

    public static async Task<Browser> StartAsync()
    {
        string profile = Directory.CreateTempSubdirectory("comako-browser-").FullName;
        var start = new ProcessStartInfo("chromium") { RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in (string[])["--headless=new", "--remote-debugging-port=0", $"--user-data-dir={profile}", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking", "--disable-component-update", "about:blank"])
            start.ArgumentList.Add(argument);
        var browser = new Browser(Process.Start(start)!, profile);
        await browser.ConnectAsync();
        return browser;
    }

    /// <summary>Loads a page and waits until it is loaded.</summary>
    public async Task OpenAsync(string address)
    {
        int loads = Events("Page.loadEventFired").Count();
        await SendAsync("Page.navigate", new { url = address });
        await WaitAsync(() => Events("Page.loadEventFired").Count() > loads, $"{address} was not loaded.");
    }

    /// <summary>Forgets everybody it has signed in as.</summary>
    public Task ClearCookiesAsync() => SendAsync("Network.clearBrowserCookies");

    /// <summary>Sets a cookie for an address.</summary>
    public Task SetCookieAsync(string name, string value, Uri address) => SendAsync("Network.setCookie", new { name, value, url = address.ToString() });

    /// <summary>Width and height of the window, in CSS pixels.</summary>
    public Task ResizeAsync(int width, int height) => SendAsync("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = width < 900 });

    /// <summary>Clicks in the middle of an element as a person does.</summary>
    public Task ClickAsync(string selector) => PressAsync(selector, TimeSpan.Zero);

    /// <summary>Types a text where the focus is.</summary>
    public Task TypeAsync(string text) => SendAsync("Input.insertText", new { text });

    /// <summary>Takes a picture of the page, from its top.</summary>
    /// <param name="height">At most so many pixels of it.</param>
    /// <returns>PNG.</returns>
    public async Task<byte[]> PhotographAsync(int width, int height = 4000)
    {
        int whole = (await EvaluateAsync("document.documentElement.scrollHeight"))!.GetValue<int>();
        var clip = new { x = 0, y = 0, width, height = Math.Min(whole, height), scale = 1 };
        return Convert.FromBase64String((await SendAsync("Page.captureScreenshot", new { format = "png", captureBeyondViewport = true, clip }))["data"]!.GetValue<string>());
    }

    /// <summary>Presses the primary mouse button in the middle of an element, and holds it for a while.</summary>
    public async Task PressAsync(string selector, TimeSpan length)
    {
        var place = await EvaluateAsync($"(() => {{ const e = document.querySelector('{selector}'); e.scrollIntoView({{ block: 'center' }}); const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; }})()");
        var (x, y) = (place![0]!.GetValue<double>(), place[1]!.GetValue<double>());
        await SendAsync("Input.dispatchMouseEvent", new { type = "mousePressed", x, y, button = "left", buttons = 1, clickCount = 1 });
        await Task.Delay(length, TimeProvider.System);
        await SendAsync("Input.dispatchMouseEvent", new { type = "mouseReleased", x, y, button = "left", clickCount = 1 });
    }

    /// <summary>Types a key, e.g. <c>Enter</c>, <c>ArrowRight</c>.</summary>
    public async Task KeyAsync(string key)
    {
        string? text = key == "Enter" ? "\r" : null;
        int windowsVirtualKeyCode = key switch { "Enter" => 13, "ArrowRight" => 39, "ArrowLeft" => 37, _ => 0 };
        await SendAsync("Input.dispatchKeyEvent", new { type = "keyDown", key, code = key, text, windowsVirtualKeyCode });
        await SendAsync("Input.dispatchKeyEvent", new { type = "keyUp", key, code = key, windowsVirtualKeyCode });
    }

    /// <summary>Waits until a script is true.</summary>
    public async Task WaitForAsync(string condition)
    {
        for (int i = 0; i < 200; i++)
        {
            try
            {
                if ((bool?)await EvaluateAsync(condition) == true) return;
            }
            catch (InvalidOperationException)
            {
                // between two pages there is no document
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        throw new TimeoutException($"Never true: {condition}");
    }

    /// <summary>Runs script in the page and returns its value.</summary>
    public async Task<JsonNode?> EvaluateAsync(string script)
    {
        var answer = await SendAsync("Runtime.evaluate", new { expression = script, awaitPromise = true, returnByValue = true });
        if (answer["exceptionDetails"] is { } details) throw new InvalidOperationException(details.ToJsonString());
        return answer["result"]?["value"];
    }

    public async Task<JsonNode> SendAsync(string method, object? parameters = null)
    {
        int id = Interlocked.Increment(ref lastId);
        var call = calls[id] = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters ?? new { }, sessionId = session }, Compact), WebSocketMessageType.Text, true, default);
        return await call.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public static async Task WaitAsync(Func<bool> condition, string otherwise)
    {
        for (int i = 0; i < 300; i++)
        {
            if (condition()) return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        throw new TimeoutException(otherwise);
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // a child of the browser may still be writing its last file
        }
    }

    private async Task ConnectAsync()
    {
        const string Mark = "DevTools listening on ";
        string? line;
        do line = await process.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        while (line is not null && !line.StartsWith(Mark, StringComparison.Ordinal));
        _ = process.StandardError.ReadToEndAsync(); // a full pipe would stop the browser
        await socket.ConnectAsync(new Uri(line![Mark.Length..]), default);
        _ = ReceiveAsync();
        var target = await SendAsync("Target.createTarget", new { url = "about:blank" });
        var attached = await SendAsync("Target.attachToTarget", new { targetId = target["targetId"]!.GetValue<string>(), flatten = true });
        session = attached["sessionId"]!.GetValue<string>();
        foreach (string domain in (string[])["Page", "Network", "Runtime", "Log"]) await SendAsync(domain + ".enable");
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer, default);
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage) continue;
                Handle(JsonNode.Parse(message.ToArray())!);
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            foreach (var call in calls.Values) call.TrySetException(e);
        }
    }

    private void Handle(JsonNode message)
    {
        if (message["method"] is { } method) events.Enqueue((method.GetValue<string>(), message["params"]!));
        else if (calls.TryRemove(message["id"]!.GetValue<int>(), out var call))
        {
            if (message["error"] is { } error) call.TrySetException(new InvalidOperationException(error.ToJsonString()));
            else call.TrySetResult(message["result"]!);
        }
    }
}
