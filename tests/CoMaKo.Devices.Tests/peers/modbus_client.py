"""A pymodbus client for our server: runs every function and prints one JSON line per call, {"call", "value"} or {"call", "exception"}.

usage: modbus_client.py tcp PORT | rtu-over-tcp PORT | serial PATH
"""
import json
import logging
import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

logging.disable(logging.CRITICAL)


def connect():
    if sys.argv[1] == "serial":
        return ModbusSerialClient(port=sys.argv[2], framer=ModbusRtuFramer, baudrate=115200, timeout=5)
    framer = ModbusSocketFramer if sys.argv[1] == "tcp" else ModbusRtuFramer
    return ModbusTcpClient("127.0.0.1", port=int(sys.argv[2]), framer=framer, timeout=5)


def show(call, answer, count=None):
    if not hasattr(answer, "isError"):
        print(json.dumps({"call": call, "failed": str(answer)}), flush=True)
    elif answer.isError():
        print(json.dumps({"call": call, "exception": getattr(answer, "exception_code", str(answer))}), flush=True)
    else:
        bits = getattr(answer, "bits", None)
        value = bits[:count] if bits else getattr(answer, "registers", None)
        print(json.dumps({"call": call, "value": value}), flush=True)


client = connect()
assert client.connect()
show("read_coils", client.read_coils(3, 10, slave=1), 10)
show("read_discrete_inputs", client.read_discrete_inputs(0, 2000, slave=1), 2000)
show("read_holding_registers", client.read_holding_registers(5, 125, slave=1))
show("read_input_registers", client.read_input_registers(5, 3, slave=1))
show("write_coil", client.write_coil(4, True, slave=1))
show("write_register", client.write_register(20, 4711, slave=1))
show("write_coils", client.write_coils(100, [i % 2 == 0 for i in range(100)], slave=1))
show("write_registers", client.write_registers(100, list(range(1000, 1123)), slave=1))
show("readwrite_registers", client.readwrite_registers(read_address=100, read_count=4, write_address=101, write_registers=[1, 2], unit=1))
show("read_back_coils", client.read_coils(100, 100, slave=1), 100)
show("read_back", client.read_holding_registers(20, 1, slave=1))
show("beyond", client.read_holding_registers(60000, 1, slave=1))
for code in (1, 2, 3, 4, 5, 6, 8, 10, 11):
    show(f"exception_{code}", client.read_holding_registers(9000 + code, 1, slave=1))
client.close()
