using CoMaKo.Devices.IotBindings;
using CoMaKo.Devices.MqttNet;
using CoMaKo.Devices.NModbus;
using CoMaKo.Devices.SystemGpio;

namespace CoMaKo.Edge.Hosting;

/// <summary>The optional parts towards devices.</summary>
internal static partial class Ports
{
    static partial void AddDeviceParts()
    {
        Mqtt.Add("mqttnet", new("MQTTnet", static (settings, clock) => new MqttNetSession(settings, clock)));
        Modbus.Add("nmodbus", new("NModbus", NModbusBus.Create));
        Enclosure.Add("iot-bindings", new("Iot.Device.Bindings", static settings => new BoundSensor(settings.I2cBus, settings.Address)));
        Light.Add("iot-bindings", new("Iot.Device.Bindings", static (settings, _) => new BoundLight(settings.SpiBus, settings.SpiSelect)));
        Gpio.Add("system-device-gpio", new("System.Device.Gpio", SystemGpioChip.Open));
    }
}
