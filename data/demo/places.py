"""Facilities, damage and plans of the demo town, and how all of it becomes OpenStreetMap objects."""

import math

from shapely.geometry import LineString, Point, box
from shapely import affinity

import plan
from fabric import midpoint

EPICENTERS = [(-60, -330), (700, -900), (-1100, 650)]
CLOSURE = (-600, 235)

# kind -> (how many, tags, capacity)
KINDS = {
    "school": (6, {"amenity": "school"}, 520),
    "kindergarten": (8, {"amenity": "kindergarten"}, 140),
    "clinic": (4, {"amenity": "clinic", "healthcare": "clinic"}, 90),
    "hospital": (1, {"amenity": "hospital", "healthcare": "hospital"}, 260),
    "fire_station": (2, {"amenity": "fire_station"}, None),
    "police": (2, {"amenity": "police"}, None),
    "pharmacy": (9, {"amenity": "pharmacy"}, None),
    "shelter": (14, {"emergency": "shelter", "amenity": "shelter"}, 180),
    "supermarket": (8, {"shop": "supermarket"}, None),
    "townhall": (1, {"amenity": "townhall"}, None),
}
TITLES = {
    "school": "Школа № {}", "kindergarten": "Садочок «Сонечко» № {}", "clinic": "Амбулаторія № {}", "hospital": "Міська лікарня",
    "fire_station": "Пожежна частина № {}", "police": "Поліція, дільниця {}", "pharmacy": "Аптека {}", "shelter": "Укриття {}",
    "supermarket": "Маркет {}", "townhall": "Міська рада",
}
# The south-east has no clinic and no school within a walk: that is what the tour finds.
UNSERVED = box(550, -2200, 2600, -700)


def facilities(buildings, rng):
    """(place, tags) of every facility: in or beside real buildings, spread over the town."""
    homes = [b for b in buildings if b.residents() > 0]
    found = []
    for kind, (count, tags, capacity) in KINDS.items():
        chosen = []
        for building in rng.permutation(len(homes)):
            at = homes[building].shape.centroid
            if kind in ("school", "clinic", "kindergarten", "hospital") and UNSERVED.contains(at):
                continue
            if all(at.distance(other) > 2600 / math.sqrt(count + 1) for other in chosen):
                chosen.append(at)
            if len(chosen) == count:
                break
        for i, at in enumerate(chosen, 1):
            row = {**tags, "name": TITLES[kind].format(i)}
            if capacity:
                row["capacity"] = str(int(capacity * rng.uniform(0.7, 1.3)))
            found.append((at, row))
    return found


def nearness(place):
    """1 in the middle of a strike, 0 far from all."""
    return max(math.exp(-((place.x - x) ** 2 + (place.y - y) ** 2) / (2 * 170**2)) for x, y in EPICENTERS)


def damage(streets, buildings, rng):
    """Damage points as a satellite would see them (UNOSAT classes, 1 is worst); marks what is destroyed."""
    points = []
    for building in buildings:
        force = nearness(building.shape.centroid) * rng.uniform(0.5, 1.2)
        grade = 1 if force > 0.75 else 2 if force > 0.5 else 3 if force > 0.3 else 4 if force > 0.2 else None
        if grade:
            building.tags["condition"] = {1: "destroyed", 2: "severe", 3: "moderate", 4: "possible"}[grade]
            points.append((building.shape.centroid, {"id": f"d{len(points) + 1}", "SensorDate": "2026-03-14", "Main_Damage_Site_Class": grade}))
    for street in streets:
        if street.name in ("Міст Єднання",) or (nearness(midpoint(street.line)) > 0.93 and street.highway != "footway"):
            street.tags["condition"] = "destroyed"
            points.append((midpoint(street.line), {"id": f"d{len(points) + 1}", "SensorDate": "2026-03-14", "Main_Damage_Site_Class": 1}))
    return points


def main_bridge():
    x = -60
    return LineString([(x, plan.river_y(x) + 70), (x, plan.river_y(x) - 70)])


def inspection():
    """What was seen at the main bridge from a satellite, in the words of Copernicus EMS."""
    return [(main_bridge(), {"id": "GRA-1", "obj_type": "Bridge", "damage_gra": "Destroyed", "src_date": "2026-03-20"})]


def planned():
    """Projects of the recovery plan, with the words of OC4IDS."""
    return [
        (main_bridge(), {"id": "project-1", "title": "Відбудова мосту Єднання", "type": "rehabilitation", "status": "preparation", "sector": "transport.road",
                  "cost": 184000000, "currency": "UAH"}),
        (Point(1250, -1250), {"id": "project-2", "title": "Амбулаторія в Луговому", "type": "construction", "status": "identification",
                              "sector": "health", "cost": 42000000, "currency": "UAH"}),
        (Point(1100, -1050), {"id": "project-3", "title": "Школа в Луговому", "type": "construction", "status": "identification",
                              "sector": "education", "cost": 156000000, "currency": "UAH"}),
    ]


def proposal(parcels):
    """A building somebody would like to put on the largest vacant plot of the south-east."""
    vacant = [p for p, count in parcels if count == 0 and p.area < 6000]
    plot = min(vacant, key=lambda p: (p.distance(Point(1250, -1250)), -p.area))
    frame = plot.minimum_rotated_rectangle.exterior.coords
    angle = math.atan2(frame[1][1] - frame[0][1], frame[1][0] - frame[0][0])
    middle = plot.representative_point()
    shape = affinity.rotate(box(middle.x - 9, middle.y - 6, middle.x + 9, middle.y + 6), angle, use_radians=True)
    return [(shape, {"name": "Амбулаторія в Луговому", "height_m": 7.5, "storeys": 2, "use": "clinic"})]


def embankment_proposal():
    """A restaurant somebody would like to put where the river rises."""
    x, y = -260, plan.river_y(-260) + 62
    return [(box(x - 14, y - 7, x + 14, y + 7), {"name": "Ресторан на набережній", "height_m": 9.0, "storeys": 2, "use": "restaurant"})]


def split_at_main_roads(streets, paths):
    """Ways end where they meet a main road, as mappers cut them for turn restrictions."""
    meeting = {}
    for street, path in zip(streets, paths):
        for vertex in path:
            meeting.setdefault(vertex, []).append(street)
    for street, path in zip(streets, paths):
        start = 0
        for i in range(1, len(path)):
            others = meeting[path[i]]
            if i == len(path) - 1 or (len(others) > 1 and any(o.highway in ("primary", "secondary") for o in others)):
                yield street, path[start : i + 1]
                start = i


def write_streets(osm, streets, paths, rng):
    ends = {}
    for street, path in split_at_main_roads(streets, paths):
        tags = {"highway": street.highway, **({"name": street.name} if street.name else {}), **street.tags}
        way = osm.way(path, tags)
        ends.setdefault(path[0], []).append((way, street, path[1]))
        ends.setdefault(path[-1], []).append((way, street, path[-2]))
    for vertex, meeting in sorted(ends.items()):
        sides = [m for m in meeting if m[1].highway == "residential"]
        mains = [m for m in meeting if m[1].highway == "primary"]
        for side in sides:
            left = [m for m in mains if turn_deg(side[2], vertex, m[2]) > 45]
            if left and rng.uniform() < 0.5:
                members = [("way", side[0], "from"), ("node", osm.node(vertex), "via"), ("way", left[0][0], "to")]
                osm.relation(members, {"type": "restriction", "restriction": "no_left_turn"})
        if len(meeting) == 1 and meeting[0][1].highway == "service" and rng.uniform() < 0.4:
            osm.node(vertex, barrier="gate", access="private")


def turn_deg(before, at, after):
    """How far one turns to the left at a corner, -180 to 180."""
    heading = math.atan2(at[1] - before[1], at[0] - before[0])
    turned = math.atan2(after[1] - at[1], after[0] - at[0]) - heading
    return math.degrees(math.atan2(math.sin(turned), math.cos(turned)))


def write_buildings(osm, buildings):
    for building in buildings:
        osm.area(building.shape, {"building": building.kind, "building:levels": building.levels, **building.tags})


def write_facilities(osm, facility_list):
    for at, tags in facility_list:
        osm.node((at.x, at.y), "facility", **tags)


def write_water_and_power(osm):
    river = plan.river_line()
    osm.way(list(river.coords), {"waterway": "river", "name": "Верба"}, "river")
    osm.area(river.buffer(plan.RIVER_HALF_WIDTH_M, cap_style=2), {"natural": "water", "water": "river", "name": "Верба"})
    osm.area(Point(-1900, -300).buffer(130, resolution=10), {"natural": "water", "water": "pond", "name": "Став"})
    high = [(-3000, -1900), (-900, -2050), (1200, -1900), (1700, -200), (1750, 480)]
    osm.way(high, {"power": "line", "voltage": "110000", "cables": "3"}, "power")
    osm.way([(1750, 480), (900, 900), (-200, 1700)], {"power": "minor_line", "voltage": "10000"}, "power")
    osm.way([(1200, -1900), (1450, -1300), (1500, -900)], {"power": "minor_line"}, "power")
    osm.area(box(1720, 450, 1790, 510), {"power": "substation", "voltage": "110000;10000", "name": "Підстанція Верба"})
    osm.node((0, 0), "place", place="town", name="Нова Верба", population="62000")
