using CoMaKo.Devices.MqttNet;
using CoMaKo.Devices.Tests.Mqtt;

namespace CoMaKo.Devices.Tests.Adapters;

/// <summary>The optional part: MQTTnet. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class MqttNetSessionTests : MqttSessionContract
{
    protected override IMqttSession Create(MqttSettings settings) => new MqttNetSession(settings, TimeProvider.System);
}

/// <inheritdoc cref="MqttNetSessionTests"/>
public sealed class MqttNetTlsTests : MqttTlsContract
{
    protected override IMqttSession Create(MqttSettings settings) => new MqttNetSession(settings, TimeProvider.System);
}
