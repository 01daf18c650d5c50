using Xunit;

namespace CoMaKo.Testing;

/// <summary>Foreign programs and data that some tests need.</summary>
public enum Peer
{
    /// <summary>The folder <c>shared</c> beside the checkout.</summary>
    SharedData,

    /// <summary>The distribution's interpreter with its standard library.</summary>
    Python,
    Grpcio,
    Pymodbus,
    Libsml,
    Promtool,
    Strace,
    Chromium,
    SystemdAnalyze,

    /// <summary>A C compiler and the kernel's headers.</summary>
    KernelHeaders,

    /// <summary>SciPy with the HiGHS solver.</summary>
    SciPy,
    Glpsol,
    Postgres,
    HaProxy,

    /// <summary>The broker, and pika to read from it.</summary>
    RabbitMq,

    /// <summary>Validator of JSON Schema, and PyYAML to read YAML for it.</summary>
    JsonSchema,

    /// <summary>The MQTT broker mosquitto, and the library by which the product speaks to it.</summary>
    Mosquitto,

    /// <summary>Eclipse Paho's MQTT client for Python.</summary>
    Paho,

    /// <summary>Public holidays of many countries and their states, for Python.</summary>
    Holidays,

    /// <summary>A mail server in Python.</summary>
    Aiosmtpd,

    /// <summary>An OpenID Connect provider's parts in Python.</summary>
    Authlib,

    /// <summary>The printer of PDF files, and pdftotext to read them.</summary>
    WeasyPrint,
}

/// <summary>Runs only where its peers are present; elsewhere it says how to get them. With <c>CI=true</c> it always runs, and so fails without them.</summary>
public sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params Peer[] peers) => Skip = Peers.WhyNot(peers);
}

/// <inheritdoc cref="RequiresFactAttribute"/>
public sealed class RequiresTheoryAttribute : TheoryAttribute
{
    public RequiresTheoryAttribute(params Peer[] peers) => Skip = Peers.WhyNot(peers);
}

/// <summary>Looks for peers on this machine.</summary>
public static class Peers
{
    /// <summary>The distribution's Python: its packages belong to this interpreter, not to one that comes first on PATH.</summary>
    public const string Python = "/usr/bin/python3";

    /// <summary>Why a test cannot run here, and what to do; absent if all peers are there (or with <c>CI=true</c>).</summary>
    public static string? WhyNot(params IReadOnlyList<Peer> peers)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") return null;
        var reasons = peers.Select(Missing).OfType<string>().ToList();
        return reasons.Count == 0 ? null : string.Join(' ', reasons);
    }

    private static string? Missing(Peer peer) => peer switch
    {
        Peer.SharedData => Directory.Exists(Repository.Shared) ? null : $"Needs the folder {Repository.Shared}, which is not part of the repository.",
        Peer.Python => File.Exists(Python) ? null : HowToGet("python3"),
        Peer.Grpcio => Module("grpc", "python3-grpcio"),
        Peer.Pymodbus => Module("pymodbus", "python3-pymodbus"),
        Peer.Libsml => File.Exists("/usr/include/sml/sml_file.h") ? Program("gcc", "gcc") : HowToGet("libsml-dev"),
        Peer.Promtool => Program("promtool", "prometheus"),
        Peer.Strace => Program("strace", "strace"),
        Peer.Chromium => Program("chromium", "chromium"),
        Peer.KernelHeaders => File.Exists("/usr/include/linux/gpio.h") ? Program("gcc", "gcc") : HowToGet("linux-libc-dev"),
        Peer.SystemdAnalyze => Program("systemd-analyze", "systemd"),
        Peer.SciPy => Module("scipy", "python3-scipy"),
        Peer.JsonSchema => Module("jsonschema", "python3-jsonschema") ?? Module("yaml", "python3-yaml"),
        Peer.Glpsol => Program("glpsol", "glpk-utils"),
        Peer.HaProxy => File.Exists("/usr/sbin/haproxy") ? null : HowToGet("haproxy"),
        Peer.RabbitMq => File.Exists("/usr/lib/rabbitmq/bin/rabbitmq-server") ? Module("pika", "python3-pika") : HowToGet("rabbitmq-server"),
        Peer.Postgres => File.Exists(PostgresCluster.ProgramOf("postgres")) ? null : HowToGet("postgresql-15"),
        Peer.Mosquitto => File.Exists(MosquittoBroker.Program) ? null : HowToGet("mosquitto"),
        Peer.WeasyPrint => Program("weasyprint", "weasyprint") ?? Program("pdftotext", "poppler-utils"),
        Peer.Paho => Module("paho", "python3-paho-mqtt"),
        Peer.Holidays => Module("holidays", "python3-holidays"),
        Peer.Aiosmtpd => Module("aiosmtpd", "python3-aiosmtpd"),
        Peer.Authlib => Module("authlib", "python3-authlib"),
        _ => throw new ArgumentOutOfRangeException(nameof(peer), peer, "Unknown peer."),
    };

    private static string? Module(string module, string package) =>
        File.Exists(Python) && Directory.Exists($"/usr/lib/python3/dist-packages/{module}") ? null : HowToGet(package);

    private static string? Program(string name, string package) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name))) ? null : HowToGet(package);

    private static string HowToGet(string package) => $"Needs the Debian package {package}: sudo apt-get install {package}.";
}
