"""A foreign MQTT client (Eclipse Paho): publishes what comes on stdin as JSON lines {topic, payload, retain}, prints what it hears as JSON lines.
Arguments: host port, then topics to hear; environment: MQTT_CA, MQTT_USER, MQTT_PASSWORD."""
import json
import os
import sys

import paho.mqtt.client as mqtt

host, port, topics = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def say(**line):
    print(json.dumps(line), flush=True)


def connected(client, userdata, flags, code):
    for topic in topics:
        client.subscribe(topic, 1)
    say(connected=code)


client = mqtt.Client(client_id="foreign-peer")
client.reconnect_delay_set(1, 1)
client.on_connect = connected
client.on_message = lambda _, __, message: say(
    topic=message.topic, payload=message.payload.decode("utf-8", "replace"), retain=bool(message.retain))
if os.environ.get("MQTT_USER"):
    client.username_pw_set(os.environ["MQTT_USER"], os.environ.get("MQTT_PASSWORD"))
if os.environ.get("MQTT_CA"):
    client.tls_set(os.environ["MQTT_CA"])
client.connect_async(host, port, 10)
client.loop_start()
for line in sys.stdin:
    order = json.loads(line)
    # Nothing is queued for a broker that is gone: a meter speaks of now.
    if client.is_connected():
        client.publish(order["topic"], order["payload"], 0, order.get("retain", False))
