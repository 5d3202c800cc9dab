"""The plan of the demo town: where its river, quarters and main roads run.

Plane coordinates in meters, x east and y north, origin at the market square.
Everything random comes from one seeded generator that is passed in.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from shapely.ops import unary_union, voronoi_diagram

RIVER_HALF_WIDTH_M = 32


def river_y(x):
    """The middle of the river at x."""
    return -420 + 190 * math.sin(x / 900) + 60 * math.sin(x / 310 + 1)


def river_line(west=-3200, east=3200, step=40):
    return LineString([(x, river_y(x)) for x in range(west, east + 1, step)])


@dataclass
class Quarter:
    """A part of town with one character of streets."""

    name: str
    center: tuple
    angle_deg: float
    block_m: tuple  # Length and width of a block.
    style: str  # core, cottages, slabs, industry
    bend_m: float
    area: Polygon = None


@dataclass
class Street:
    line: LineString
    highway: str
    name: str = ""
    tags: dict = field(default_factory=dict)


QUARTERS = [
    Quarter("Старе Місто", (0, 150), 12, (130, 95), "core", 18),
    Quarter("Вишневе", (-1350, 700), -18, (190, 92), "cottages", 45),
    Quarter("Північний", (350, 1250), 5, (200, 96), "cottages", 60),
    Quarter("Залізничний", (1500, 500), 30, (240, 170), "industry", 10),
    Quarter("Заріччя", (-250, -1250), -8, (260, 190), "slabs", 14),
    Quarter("Лугове", (1400, -1150), 22, (180, 90), "cottages", 70),
]


def outline(rng):
    """The edge of the built-up town: an ellipse with a wavy rim."""
    phases = rng.uniform(0, 2 * math.pi, 4)
    points = []
    for i in range(120):
        a = 2 * math.pi * i / 120
        wave = 1 + sum(0.06 / (k + 1) * math.sin((k + 2) * a + phases[k]) for k in range(4))
        points.append((2350 * wave * math.cos(a), 1950 * wave * math.sin(a)))
    return Polygon(points)


def lay_quarters(town):
    """Gives every quarter the land nearest to its middle, on its side of the river."""
    frame = box(-4000, -4000, 4000, 4000)  # Shapely 1.8 does not keep it alive during the call.
    cells = voronoi_diagram(MultiPoint([q.center for q in QUARTERS]), envelope=frame)
    river = river_line()
    north = Polygon(list(river.coords) + [(4000, 4000), (-4000, 4000)])
    for quarter in QUARTERS:
        cell = next(c for c in cells.geoms if c.contains(Point(quarter.center)))
        side = north if quarter.center[1] > river_y(quarter.center[0]) else town.difference(north)
        quarter.area = cell.intersection(town).intersection(side)
    return QUARTERS


def wavy(start, end, bend_m, rng, step_m=55):
    """A road that does not know it should be straight."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    count = max(2, int(length / step_m))
    nx, ny = -(y1 - y0) / length, (x1 - x0) / length
    phase, waves = rng.uniform(0, 2 * math.pi), rng.uniform(1.2, 2.4)
    points = []
    for i in range(count + 1):
        t = i / count
        off = bend_m * math.sin(math.pi * t) * math.sin(2 * math.pi * waves * t / 2 + phase)
        points.append((x0 + t * (x1 - x0) + off * nx, y0 + t * (y1 - y0) + off * ny))
    return LineString(points)


def arterials(rng):
    """The roads that make the town one: a highway, a ring, and the bridges."""
    def across(x):
        return [(x, river_y(x) + 70), (x, river_y(x) - 70)]

    main, west, east = -60, -1500, 1250
    roads = [
        Street(wavy((-3000, 900), (-80, 60), 60, rng), "primary", "Київська вулиця", {"maxspeed": "50", "lanes": "2"}),
        Street(wavy((-80, 60), (3000, 800), 70, rng), "primary", "Харківська вулиця", {"maxspeed": "50", "lanes": "2"}),
        Street(LineString([(-80, 60)] + across(main)[:1]), "primary", "Мостова вулиця", {"maxspeed": "50"}),
        Street(LineString(across(main)), "primary", "Міст Єднання", {"bridge": "yes", "layer": "1", "maxspeed": "40", "maxweight": "20"}),
        Street(wavy(across(main)[1], (-300, -2800), 50, rng), "primary", "Одеська вулиця", {"maxspeed": "50"}),
        Street(LineString(across(west)), "secondary", "Західний міст", {"bridge": "yes", "layer": "1", "maxspeed": "40", "maxweight": "7.5"}),
        Street(LineString(across(east)), "secondary", "Східний міст", {"bridge": "yes", "layer": "1", "maxspeed": "40", "maxweight": "30"}),
        Street(wavy((-1700, 1450), across(west)[0], 70, rng), "secondary", "Західна вулиця", {"maxspeed": "50"}),
        Street(wavy(across(west)[1], (-1150, -1750), 60, rng), "secondary", "Польова вулиця", {"maxspeed": "50"}),
        Street(wavy((1100, 1500), across(east)[0], 60, rng), "secondary", "Заводська вулиця", {"maxspeed": "50"}),
        Street(wavy(across(east)[1], (1000, -1750), 60, rng), "secondary", "Лугова вулиця", {"maxspeed": "50"}),
        Street(wavy((-1700, 1450), (1100, 1500), 90, rng), "secondary", "Північне півкільце", {"maxspeed": "60"}),
        Street(wavy((-1150, -1750), (1000, -1750), 70, rng), "secondary", "Південне півкільце", {"maxspeed": "60"}),
        Street(wavy((-1300, -900), (1150, -950), 40, rng), "tertiary", "вулиця Заріччя", {"maxspeed": "40"}),
        Street(wavy((-80, 60), (250, 1480), 50, rng), "tertiary", "вулиця Шевченка", {"maxspeed": "40"}),
    ]
    foot_x = 420
    north, south = across(foot_x)
    roads += [
        Street(LineString([(foot_x, river_y(foot_x) + 330), north]), "footway", "Набережна стежка"),
        Street(LineString([north, south]), "footway", "Пішохідний міст", {"bridge": "yes", "layer": "1"}),
        Street(LineString([south, (foot_x, river_y(foot_x) - 560)]), "footway", "Лугова стежка"),
    ]
    return roads


def quarter_streets(quarter, rng, names):
    """A bent grid of residential streets that fills a quarter."""
    c, s = math.cos(math.radians(quarter.angle_deg)), math.sin(math.radians(quarter.angle_deg))
    long_m, wide_m = quarter.block_m
    phase = rng.uniform(0, 2 * math.pi, 2)

    def place(u, v):
        u2 = u + quarter.bend_m * math.sin(v / 260 + phase[0])
        v2 = v + quarter.bend_m * math.sin(u / 340 + phase[1])
        return quarter.center[0] + c * u2 - s * v2, quarter.center[1] + s * u2 + c * v2

    land = quarter.area.difference(river_line().buffer(RIVER_HALF_WIDTH_M + 45)).buffer(-25)
    streets = []
    for fixed, step, along in [("v", wide_m, long_m), ("u", long_m, wide_m)]:
        for k in range(-30, 31):
            offset = k * step + rng.uniform(-0.12, 0.12) * step
            span = np.arange(-2600, 2601, 40)
            line = LineString([place(t, offset) if fixed == "v" else place(offset, t) for t in span])
            for piece in _lines(line.intersection(land)):
                if piece.length > 1.2 * along and rng.uniform() > 0.06:
                    highway = "living_street" if quarter.style == "slabs" and fixed == "u" else "residential"
                    tags = {"oneway": "yes"} if quarter.style == "core" and fixed == "u" and k % 2 else {}
                    if quarter.style == "industry":
                        highway = "service" if fixed == "u" else "unclassified"
                    if rng.uniform() < 0.12 and quarter.style == "cottages":
                        tags["surface"] = "gravel"
                    streets.append(Street(piece, highway, names(), tags))
    return streets


def _lines(shape):
    parts = getattr(shape, "geoms", [shape])
    return [p for p in parts if p.geom_type == "LineString" and p.length > 0]


def town_streets(rng, names):
    roads = arterials(rng)
    wide = unary_union([r.line.buffer(26) for r in roads if r.highway in ("primary", "secondary")])
    for quarter in QUARTERS:
        for street in quarter_streets(quarter, rng, names):
            # A back street that runs inside the strip of a main road is that road.
            if street.line.intersection(wide).length < 0.5 * street.line.length:
                roads.append(street)
    return roads
