using System.CommandLine;
using System.Text.Json;
using CoMaKo.Devices;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Hosting;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Commands;

/// <summary>`comako-edge check`: everything that can be known before the start, all findings at once. Starts nothing. Exit codes: 0 fine, 1 findings.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var line = new GatewayCommandLine();
        var json = new Option<bool>("--json") { Description = "For machines." };
        var command = new Command("check", "Check building file, profiles, serial ports and data directory without starting anything.");
        line.AddTo(command);
        command.Options.Add(json);
        command.SetAction((parsed, cancellationToken) => CheckAsync(line, parsed, parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> CheckAsync(GatewayCommandLine line, ParseResult parsed, bool json, CancellationToken cancellationToken)
    {
        var (options, _, findings) = await line.ReadAsync(parsed, everyProfile: true, cancellationToken);
        if (options is not null) findings = [.. Environment(options)];
        if (json) Console.WriteLine(Json(options, findings));
        else Write(options, findings);
        return findings.Count == 0 ? 0 : 1;
    }

    private static IEnumerable<Finding> Environment(GatewayOptions options)
    {
        foreach (var bus in options.Building.Buses.OfType<SerialBus>())
        {
            if (!File.Exists(bus.Path))
                yield return new("CME-1240", bus.Id, null, $"{bus.Path} is not there: plug the reading head in, or use its name under /dev/serial/by-id.");
        }

        foreach (var finding in options.Building.Buses.OfType<MqttBus>().SelectMany(Broker)) yield return finding;
        if (options.Building.Enclosure is { } enclosure && enclosure.Part == Ports.Enclosure.Default && Unreadable(enclosure) is { } unreadable)
            yield return new(unreadable.Code, "enclosure", null, unreadable.Message);
        if (!Directory.Exists(options.DataDirectory))
            yield return new("CME-1241", "--data", null, $"The folder {options.DataDirectory} does not exist; the service makes it if it may.");
        if (!options.Building.Devices.Any(device => device.Role == DeviceRole.Grid))
            yield return new("CME-1242", "devices", null, "No device has the role 'grid': consumption of the building cannot be shown.");
        if (options.Building.Tariff is { } tariff && new Tariff(tariff, options.Building.Zone).NeedsSpot && options.Hub is null)
            yield return new("CME-1243", "tariff", null, "Day-ahead prices come from the hub, and none is configured: nothing can be planned for money.");
    }

    /// <summary>Reads files of the kernel, which changes nothing.</summary>
    private static LinkException? Unreadable(EnclosureSettings enclosure)
    {
        try
        {
            using var sensor = Ports.Enclosure[enclosure.Part].Create(enclosure);
            sensor.Measure();
            return null;
        }
        catch (LinkException e)
        {
            return e;
        }
    }

    private static IEnumerable<Finding> Broker(MqttBus bus)
    {
        if (Ports.Mqtt[bus.Part].WhyNot() is { } missing) yield return new(missing.Code, bus.Id, null, missing.Message);
        var settings = bus.Settings;
        if (settings.PasswordFile is { } password && !File.Exists(password)) yield return new("CME-2507", bus.Id, null, $"The password file {password} is not there: make it, readable by the service alone, with the password as its first line.");
        foreach (string? file in (string?[])[settings.Tls?.AuthorityFile, settings.Tls?.CertificateFile, settings.Tls?.KeyFile])
            if (file is not null && !File.Exists(file)) yield return new("CME-2508", bus.Id, null, $"The file {file} is not there: it is named as certificate or key of the MQTT broker '{bus.Id}'.");
    }

    private static void Write(GatewayOptions? options, IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings) Console.WriteLine(finding);
        if (findings.Count == 0)
            Console.WriteLine($"Fine: {options!.Building.Name}, {options.Building.Buses.Count} buses, {options.Building.Devices.Count} devices, {(options.Hub is { } hub ? $"hub {hub}" : "no hub")}.");
        if (options is null) return;
        foreach (var served in Ports.Of(options.Building, options.Hub)) Console.WriteLine(served);
    }

    private static string Json(GatewayOptions? options, IReadOnlyList<Finding> findings)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("findings");
            foreach (var finding in findings)
            {
                writer.WriteStartObject();
                writer.WriteString("code", finding.Code);
                writer.WriteString("path", finding.Path);
                if (finding.Line is { } at) writer.WriteNumber("line", at);
                writer.WriteString("text", finding.Text);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (options is not null) WriteParts(writer, options);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteParts(Utf8JsonWriter writer, GatewayOptions options)
    {
        writer.WriteStartArray("parts");
        foreach (var served in Ports.Of(options.Building, options.Hub))
        {
            writer.WriteStartObject();
            writer.WriteString("port", served.Port);
            writer.WriteString("part", served.Part);
            writer.WriteBoolean("optional", served.IsOptional);
            writer.WriteString("why", served.Why);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
