#!/usr/bin/env python3
"""The sun's height by the longer series of Meeus, Astronomical Algorithms, chapters 12, 22 and 25 (equation of the centre to three terms, nutation of
the obliquity, aberration). Reads "unix latitude longitude" lines, writes degrees without refraction."""
import math
import sys


def height(unix, latitude, longitude):
    t = (unix / 86400 + 2440587.5 - 2451545.0) / 36525
    mean_longitude = 280.46646 + 36000.76983 * t + 0.0003032 * t * t
    anomaly = math.radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = ((1.914602 - 0.004817 * t - 0.000014 * t * t) * math.sin(anomaly)
              + (0.019993 - 0.000101 * t) * math.sin(2 * anomaly) + 0.000289 * math.sin(3 * anomaly))
    node = math.radians(125.04 - 1934.136 * t)
    apparent = math.radians(mean_longitude + centre - 0.00569 - 0.00478 * math.sin(node))
    obliquity = math.radians(23.439291 - 0.0130042 * t + 0.00256 * math.cos(node))
    declination = math.asin(math.sin(obliquity) * math.sin(apparent))
    ascension = math.atan2(math.cos(obliquity) * math.sin(apparent), math.cos(apparent))
    days = t * 36525
    sidereal = 280.46061837 + 360.98564736629 * days + 0.000387933 * t * t
    hour_angle = math.radians(sidereal + longitude) - ascension
    lat = math.radians(latitude)
    return math.degrees(math.asin(math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(declination) * math.cos(hour_angle)))


for line in sys.stdin:
    unix, latitude, longitude = map(float, line.split())
    print(f"{height(unix, latitude, longitude):.6f}")
