using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Mqtt;

/// <summary>A message as the foreign client heard it.</summary>
internal sealed record HeardMessage(
    [property: JsonPropertyName("topic")] string? Topic, [property: JsonPropertyName("payload")] string? Payload, [property: JsonPropertyName("retain")] bool IsRetained);

/// <summary>Eclipse Paho in a process of its own.</summary>
internal sealed class PahoPeer : IDisposable
{
    private readonly Process process;
    private readonly List<HeardMessage> heard = [];

    public PahoPeer(int port, IEnumerable<string> topics, string? authority = null, (string Name, string Password)? user = null)
    {
        string script = Repository.At("tests", "CoMaKo.Integration.Tests", "peers", "mqtt_peer.py");
        var start = new ProcessStartInfo(Peers.Python, [script, "127.0.0.1", port.ToString(CultureInfo.InvariantCulture), .. topics])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        start.Environment["MQTT_CA"] = authority ?? "";
        start.Environment["MQTT_USER"] = user?.Name ?? "";
        start.Environment["MQTT_PASSWORD"] = user?.Password ?? "";
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
    }

    /// <summary>Everything heard so far.</summary>
    public IReadOnlyList<HeardMessage> Heard
    {
        get
        {
            lock (heard) return [.. heard];
        }
    }

    /// <summary>The last payload of a topic; absent if it was not heard.</summary>
    public string? Last(string topic) => Heard.LastOrDefault(m => m.Topic == topic)?.Payload;

    public void Publish(string topic, string payload, bool retain = false)
    {
        process.StandardInput.WriteLine(JsonSerializer.Serialize(new { topic, payload, retain }));
        process.StandardInput.Flush();
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null || JsonSerializer.Deserialize<HeardMessage>(line) is not { Topic: not null } message) return;
        lock (heard) heard.Add(message);
    }
}
