using CoMaKo.Devices.Linux.Mqtt;

namespace CoMaKo.Devices.Tests.Mqtt;

/// <summary>The default part: libmosquitto.</summary>
public sealed class MosquittoSessionTests : MqttSessionContract
{
    protected override IMqttSession Create(MqttSettings settings) => new MosquittoSession(settings, TimeProvider.System);
}

/// <inheritdoc cref="MosquittoSessionTests"/>
public sealed class MosquittoTlsTests : MqttTlsContract
{
    protected override IMqttSession Create(MqttSettings settings) => new MosquittoSession(settings, TimeProvider.System);
}
