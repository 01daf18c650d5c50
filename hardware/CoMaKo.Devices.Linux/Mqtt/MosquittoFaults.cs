namespace CoMaKo.Devices.Linux.Mqtt;

/// <summary>What went wrong with a broker, in words that say what to check.</summary>
internal static class MosquittoFaults
{
    /// <summary>What every user of MQTT is told where the library is missing.</summary>
    public static LinkException Missing { get; } =
        new("CME-2501", $"MQTT needs the library {Mosquitto.Library}, which is not on this machine: sudo apt-get install libmosquitto1.");

    public static LinkException Refused(string name, int answer, MqttSettings settings) => answer switch
    {
        4 or 5 => new("CME-2504", settings.User is { } user
            ? $"{name} refuses the user '{user}': check user, password file and the broker's access list."
            : $"{name} wants a user and a password: give 'user' and 'passwordFile'."),
        1 => new("CME-2502", $"{name} does not speak MQTT 3.1.1."),
        2 => new("CME-2502", $"{name} refuses the client id '{settings.ClientId}'."),
        _ => new("CME-2502", $"{name} refuses the connection for now (CONNACK {answer}); it is tried again."),
    };

    public static LinkException NotConnected(string name, int error, int errno, MqttSettings settings) => error switch
    {
        Mosquitto.Tls or Mosquitto.TlsHandshake => TlsFault(name),
        Mosquitto.Resolve or Mosquitto.Lookup => new("CME-2502", $"The name '{settings.Host}' of the MQTT broker is not known here: check it, or give its address."),
        Mosquitto.ConnectionLost when settings.Tls is not null => TlsFault(name),
        Mosquitto.ConnectionLost => new("CME-2502", $"{name} closed the connection before answering: check that this port is MQTT and not TLS."),
        _ => new("CME-2502", $"{name} cannot be reached: {Words(error, errno)}. Check that the broker runs, its address and the firewall; it is tried again."),
    };

    public static LinkException Lost(string name, int error, int errno) =>
        new("CME-2503", $"The connection to {name} is lost: {Words(error, errno)}. It is tried again every second.");

    public static LinkException Silent(string name, MqttSettings settings) => settings.Tls is null
        ? new("CME-2502", $"{name} does not answer: check its address and that this port is MQTT.")
        : TlsFault(name);

    public static LinkException TopicRefused(string name, string topic, MqttSettings settings) =>
        new("CME-2506", $"{name} does not let {(settings.User is { } user ? $"the user '{user}'" : "an anonymous client")} read '{topic}': allow it in the broker's access list.");

    public static LinkException PasswordFile(string file, string why) => new("CME-2507", $"The password file {file} cannot be used: {why}");

    private static LinkException TlsFault(string name) =>
        new("CME-2505", $"TLS with {name} failed: check that this port speaks TLS, that its certificate is valid for this name and vouched for by 'ca', and, where the broker asks for one, the gateway's own certificate.");

    private static string Words(int error, int errno) => error == Mosquitto.Errno && errno != 0 ? LibC.Words(errno) : Mosquitto.WordsOf(error);
}
