"""A house with a battery behind a grid meter, as a differential equation solved by SciPy; the control loop sits at the other end of the pipe.

First line: the plant as JSON. Then lines in, one answer each:
  next            runs to the next meter sample; answers "time grid battery", or "end"
  write T W       the inverter takes W watts at time T; answers "ok"
  result          answers JSON, one object for each load step: settling, overshoot, reversals; the plant may then be described anew
Seconds and watts; grid + import, battery + discharge.
"""

import json
import sys

import numpy
from scipy.integrate import odeint

GRID = 0.02


class House:
    def __init__(self, text):
        self.__dict__.update(json.loads(text))
        self.end = self.first + self.apart * (len(self.levels) - 1)
        self.times = numpy.array([0.0])
        self.powers = numpy.array([0.0])
        self.commands = []  # (time of effect, watts)
        self.samples = 0

    def load(self, time):
        step = numpy.clip(numpy.floor((time - self.first) / self.apart).astype(int) + 1, 0, len(self.levels) - 1)
        return numpy.asarray(self.levels)[step]

    def slope(self, power, _, goal):
        return numpy.clip((goal - power) / self.tau, -self.ramp, self.ramp)

    def run_to(self, end):
        """From effect to effect of the commands; in between the set-point is constant and the equation smooth."""
        while self.times[-1] < end - 1e-9:
            start = self.times[-1]
            goal, until = 0.0, end
            for effect, watts in self.commands:
                if effect <= start + 1e-9:
                    goal = watts
                elif effect < until:
                    until = effect
            count = max(2, int(numpy.ceil((until - start) / GRID)) + 1)
            times = numpy.linspace(start, until, count)
            powers = odeint(self.slope, self.powers[-1], times, args=(goal * self.gain,), rtol=1e-8, atol=1e-6)[:, 0]
            self.times = numpy.append(self.times, times[1:])
            self.powers = numpy.append(self.powers, powers[1:])

    def next(self):
        arrives = self.samples * self.period + self.phase + self.meterLatency
        if arrives > self.end:
            self.run_to(self.end)
            return "end"
        self.samples += 1
        self.run_to(arrives)
        shown = max(0.0, arrives - self.meterLatency)
        grid = self.load(numpy.array([shown]))[0] - numpy.interp(shown, self.times, self.powers)
        return f"{arrives!r} {float(grid)!r} {float(self.powers[-1])!r}"

    def write(self, time, watts):
        self.commands.append((time + self.deadTime, watts))

    def result(self):
        steps = []
        for n in range(1, len(self.levels)):
            at, size = self.first + (n - 1) * self.apart, self.levels[n] - self.levels[n - 1]
            times = numpy.arange(at + GRID, at + self.apart - GRID / 2, GRID)
            grid = self.levels[n] - numpy.interp(times, self.times, self.powers)
            error = grid - self.target
            far = (numpy.abs(error) > 100) | (numpy.abs(grid) > 100)
            settled = times[far][-1] - at if far.any() else 0.0
            sides = numpy.sign(error[numpy.abs(error) > 100])
            sides = numpy.concatenate([[numpy.sign(size)], sides])
            overshoot = max(0.0, float((-numpy.sign(size) * error).max()) / abs(size))
            steps.append({"settling": float(settled), "overshoot": overshoot, "reversals": int((numpy.diff(sides) != 0).sum())})
        return json.dumps(steps)


def main():
    house = None
    for line in sys.stdin:
        words = line.split()
        if line.startswith("{"):
            house = House(line)
            answer = "ok"
        elif words[0] == "next":
            answer = house.next()
        elif words[0] == "write":
            house.write(float(words[1]), float(words[2]))
            answer = "ok"
        else:
            answer = house.result()
        print(answer, flush=True)


main()
