using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoMaKo.Devices.Protocols.Mqtt;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace CoMaKo.Devices.MqttNet;

/// <summary>The product's settings in the package's words.</summary>
internal static class MqttNetOptions
{
    /// <exception cref="LinkException">Password or certificate files cannot be used.</exception>
    public static MqttClientOptions Of(MqttSettings settings, (string Topic, ReadOnlyMemory<byte> Payload)? will, TimeSpan timeout)
    {
        var builder = new MqttClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V311).WithClientId(settings.ClientId).WithCleanSession()
            .WithTcpServer(settings.Host, settings.Port).WithKeepAlivePeriod(settings.KeepAlive.ToTimeSpan()).WithTimeout(timeout);
        if (settings.User is { } user) builder = builder.WithCredentials(user, MqttPassword.Read(settings));
        if (will is var (topic, payload))
            builder = builder.WithWillTopic(topic).WithWillPayload(payload.ToArray()).WithWillRetain().WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        return (settings.Tls is { } tls ? builder.WithTlsOptions(Tls(settings, tls)) : builder).Build();
    }

    private static MqttClientTlsOptions Tls(MqttSettings settings, MqttTls tls)
    {
        // Brokers of a house have certificates of their own, for which nobody keeps a list of revoked ones.
        var builder = new MqttClientTlsOptionsBuilder().UseTls().WithTargetHost(settings.Host).WithRevocationMode(X509RevocationMode.NoCheck);
        try
        {
            if (tls.AuthorityFile is { } authority)
            {
                var chain = new X509Certificate2Collection();
                chain.ImportFromPemFile(authority);
                builder = builder.WithTrustChain(chain);
            }

            if (tls is { CertificateFile: { } certificate, KeyFile: { } key })
                builder = builder.WithClientCertificates([X509Certificate2.CreateFromPemFile(certificate, key)]);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new MqttFaults(settings).CertificateFiles(e.Message);
        }

        return builder.Build();
    }
}
