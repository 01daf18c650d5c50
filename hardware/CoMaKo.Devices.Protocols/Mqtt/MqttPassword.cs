namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>The password of a broker, from its file; read anew for each connection, so that a changed one counts without a restart.</summary>
public static class MqttPassword
{
    /// <returns>Absent if the settings name no file.</returns>
    /// <exception cref="LinkException">CME-2507: the file cannot be read, or its first line is empty.</exception>
    public static string? Read(MqttSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.PasswordFile is not { } file) return null;
        try
        {
            return File.ReadLines(file).FirstOrDefault() is { Length: > 0 } line ? line : throw new MqttFaults(settings).PasswordFile("its first line is empty.");
        }
        catch (Exception e) when (e is not LinkException && e is IOException or UnauthorizedAccessException)
        {
            throw new MqttFaults(settings).PasswordFile(e.Message);
        }
    }
}
