namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>What can go wrong with a broker, in words that say what to check; the same for every part that speaks MQTT.</summary>
public sealed class MqttFaults(MqttSettings settings)
{
    private readonly string name = settings.Name;

    /// <param name="answer">The broker's return code (MQTT 3.1.1, table 3.1).</param>
    public LinkException Refused(int answer) => answer switch
    {
        4 or 5 => new("CME-2504", settings.User is { } user
            ? $"{name} refuses the user '{user}': check user, password file and the broker's access list."
            : $"{name} wants a user and a password: give 'user' and 'passwordFile'."),
        1 => new("CME-2502", $"{name} does not speak MQTT 3.1.1."),
        2 => new("CME-2502", $"{name} refuses the client id '{settings.ClientId}'."),
        _ => new("CME-2502", $"{name} refuses the connection for now (CONNACK {answer}); it is tried again."),
    };

    public LinkException NameUnknown() => new("CME-2502", $"The name '{settings.Host}' of the MQTT broker is not known here: check it, or give its address.");

    /// <param name="reason">In the part's own words.</param>
    public LinkException NotReached(string reason) => new("CME-2502", $"{name} cannot be reached: {reason}. Check that the broker runs, its address and the firewall; it is tried again.");

    /// <summary>Somebody listens there and then says nothing, or hangs up.</summary>
    public LinkException Silent() => settings.Tls is null ? new("CME-2502", $"{name} does not answer: check its address and that this port is MQTT without TLS.") : Tls();

    public LinkException Lost(string reason) => new("CME-2503", $"The connection to {name} is lost: {reason}. It is tried again every second.");

    public LinkException Tls() => new(
        "CME-2505", $"TLS with {name} failed: check that this port speaks TLS, that its certificate is valid for this name and vouched for by 'ca', and, where the broker asks for one, the gateway's own certificate.");

    public LinkException TopicRefused(string topic) =>
        new("CME-2506", $"{name} does not let {(settings.User is { } user ? $"the user '{user}'" : "an anonymous client")} read '{topic}': allow it in the broker's access list.");

    /// <summary>The file with the password, or what it holds.</summary>
    public LinkException PasswordFile(string why) => new("CME-2507", $"The password file {settings.PasswordFile} cannot be used: {why}");

    /// <summary>Certificates or key cannot be used.</summary>
    public LinkException CertificateFiles(string why) => new("CME-2505", $"The certificate files for {name} cannot be used: {why}. Check that they exist and may be read.");
}
