"""What stands between the streets: blocks, plots, buildings, and who lives there."""

import math
from dataclasses import dataclass, field

from shapely import affinity
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from shapely.ops import polygonize, unary_union, voronoi_diagram
from shapely.strtree import STRtree

from plan import QUARTERS, RIVER_HALF_WIDTH_M, river_line

FLOOR_AREA_PER_PERSON_M2 = 35
HALF_WIDTH_M = {"primary": 11, "secondary": 9, "tertiary": 8, "residential": 6, "living_street": 5, "unclassified": 7, "service": 4, "footway": 2}


@dataclass
class Building:
    shape: Polygon
    kind: str
    levels: int
    quarter: str
    tags: dict = field(default_factory=dict)

    def residents(self):
        if self.kind not in ("house", "apartments"):
            return 0
        return round(self.shape.area * self.levels / FLOOR_AREA_PER_PERSON_M2)


def blocks(streets, town):
    """Land between streets, the streets' own width taken away, with the quarter it lies in."""
    lines = unary_union([s.line for s in streets] + [town.exterior])
    water = river_line().buffer(RIVER_HALF_WIDTH_M + 30)
    widths = [(s.line, HALF_WIDTH_M.get(s.highway, 6)) for s in streets]
    tree = STRtree([w[0] for w in widths])
    half_width = {id(line): w for line, w in widths}
    found = []
    for face in polygonize(lines):
        near = [line.buffer(half_width[id(line)], resolution=2) for line in tree.query(face.buffer(15))]
        land = face.difference(unary_union(near)).difference(water)
        for part in getattr(land, "geoms", [land]):
            if part.geom_type != "Polygon" or not 900 < part.area < 200_000:
                continue
            middle = part.representative_point()
            quarter = next((q for q in QUARTERS if q.area.contains(middle)), None)
            if quarter:
                found.append((Polygon(part.exterior), quarter))
    return found


def rectangle(center, length, width, angle):
    shape = box(-length / 2, -width / 2, length / 2, width / 2)
    return affinity.translate(affinity.rotate(shape, angle, origin=(0, 0), use_radians=True), center[0], center[1])


def along_rim(block, inset, spacing, rng):
    """Places along the rim of a block, each with the direction of the street it faces."""
    rim = block.buffer(-inset)
    for part in getattr(rim, "geoms", [rim]):
        if part.is_empty or part.geom_type != "Polygon":
            continue
        ring = part.exterior
        count = int(ring.length / spacing)
        for i in range(count):
            at = (i + rng.uniform(0.35, 0.65)) * ring.length / count
            a, b = ring.interpolate(at - 4), ring.interpolate(at + 4)
            yield ring.interpolate(at), math.atan2(b.y - a.y, b.x - a.x)


def cottages(block, rng):
    for place, angle in along_rim(block, 11, 23, rng):
        if rng.uniform() < 0.9:
            shape = rectangle((place.x, place.y), rng.uniform(9, 14), rng.uniform(8, 11), angle)
            yield shape, "house", int(rng.choice([1, 1, 2]))


def old_town(block, rng):
    for place, angle in along_rim(block, 9.5, 19, rng):
        if rng.uniform() < 0.95:
            shape = rectangle((place.x, place.y), rng.uniform(13, 15.5), rng.uniform(11, 13), angle)
            kind = "retail" if rng.uniform() < 0.12 else "apartments"
            yield shape, kind, int(rng.choice([2, 2, 3, 3, 4]))


def slabs(block, rng):
    frame = block.minimum_rotated_rectangle.exterior.coords
    angle = math.atan2(frame[1][1] - frame[0][1], frame[1][0] - frame[0][0])
    if math.dist(frame[0], frame[1]) < math.dist(frame[1], frame[2]):
        angle += math.pi / 2
    middle = block.centroid
    for row in range(-5, 6):
        for column in range(-4, 5):
            u, v = column * 86, row * 46
            x = middle.x + u * math.cos(angle) - v * math.sin(angle)
            y = middle.y + u * math.sin(angle) + v * math.cos(angle)
            if rng.uniform() < 0.82:
                yield rectangle((x, y), rng.uniform(58, 72), 13, angle), "apartments", int(rng.choice([5, 5, 5, 9]))


def halls(block, rng):
    for place, angle in along_rim(block, 32, 95, rng):
        if rng.uniform() < 0.75:
            yield rectangle((place.x, place.y), rng.uniform(40, 70), rng.uniform(22, 36), angle), "industrial", 1


STYLES = {"cottages": cottages, "core": old_town, "slabs": slabs, "industry": halls}


def buildings_and_parcels(block_list, rng):
    """Buildings that keep apart, and the plots they stand on; plots with none are vacant."""
    buildings, parcels = [], []
    for block, quarter in block_list:
        standing = []
        for shape, kind, levels in STYLES[quarter.style](block, rng):
            if block.buffer(-2.5).contains(shape) and all(shape.distance(b.shape) > 2.5 for b in standing):
                standing.append(Building(shape, kind, levels, quarter.name))
        empty = [p for p, _ in along_rim(block, 14, 75, rng) if rng.uniform() < 0.25 and all(b.shape.distance(p) > 16 for b in standing)]
        buildings += standing
        parcels += plots(block, standing, empty)
    return buildings, parcels


def plots(block, standing, empty):
    """Every building's share of the block: what is nearer to it than to its neighbors."""
    centers = [b.shape.centroid for b in standing] + empty
    if len(centers) < 2:
        return [(block, len(standing))] if centers else []
    frame = block.buffer(200)  # Shapely 1.8 does not keep it alive during the call.
    cells = voronoi_diagram(MultiPoint(centers), envelope=frame)
    tree = STRtree([b.shape for b in standing]) if standing else None
    found = []
    for cell in cells.geoms:
        plot = cell.intersection(block)
        if plot.geom_type == "Polygon" and plot.area > 120:
            count = sum(1 for b in tree.query(plot) if plot.contains(b.centroid)) if tree else 0
            found.append((plot, count))
    return found


def midpoint(line: LineString) -> Point:
    return line.interpolate(line.length / 2)
