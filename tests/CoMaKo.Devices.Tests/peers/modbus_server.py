"""A pymodbus server for our client.

usage: modbus_server.py tcp | rtu-over-tcp | serial PATH
Prints "ready PORT" (0 for serial) and serves until its standard input ends.
Unit 1; bits i % 3 == 0 at 0..2047; holding register i holds 7 * i, input register i holds 11 * i, at 0..255.
A request that starts at address 9000 + code is refused with that exception code.
"""
import asyncio
import logging
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import (
    ModbusConnectedRequestHandler,
    ModbusSerialServer,
    ModbusSingleRequestHandler,
    ModbusTcpServer,
)
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

logging.disable(logging.CRITICAL)


def refusing(base):
    class Handler(base):
        def execute(self, request, *addr):
            start = getattr(request, "address", getattr(request, "read_address", 0))
            if start >= 9000:
                response = request.doException(start - 9000)
                response.transaction_id = request.transaction_id
                response.unit_id = request.unit_id
                self.send(response, *addr)
            else:
                super().execute(request, *addr)

    return Handler


async def main():
    bits = [i % 3 == 0 for i in range(2048)]
    unit = ModbusSlaveContext(
        co=ModbusSequentialDataBlock(0, list(bits)),
        di=ModbusSequentialDataBlock(0, list(bits)),
        hr=ModbusSequentialDataBlock(0, [7 * i for i in range(256)]),
        ir=ModbusSequentialDataBlock(0, [11 * i for i in range(256)]),
        zero_mode=True,
    )
    context = ModbusServerContext(slaves={1: unit}, single=False)
    if sys.argv[1] == "serial":
        server = ModbusSerialServer(context, port=sys.argv[2], baudrate=115200, handler=refusing(ModbusSingleRequestHandler), ignore_missing_slaves=True)
        await server.start()
        port = 0
    else:
        framer = ModbusSocketFramer if sys.argv[1] == "tcp" else ModbusRtuFramer
        server = ModbusTcpServer(context, framer=framer, address=("127.0.0.1", 0), handler=refusing(ModbusConnectedRequestHandler), ignore_missing_slaves=False)
        asyncio.create_task(server.serve_forever())
        await server.serving
        port = server.server.sockets[0].getsockname()[1]
    print("ready", port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
