#!/usr/bin/python3
"""Makes the demo city: a town that never was, the same from the same seed.

    generate.py FOLDER [--seed N]

Writes, as a city's own offices would deliver them: an OpenStreetMap file with
streets, buildings, facilities, water and power; GeoJSON layers of people,
districts, plots, constraint zones, candidate sites, damage and planned projects; a
terrain grid; and the inputs of the tour (a footprint, a closure).
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
from shapely.errors import ShapelyDeprecationWarning
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, mapping
from shapely.ops import transform, unary_union

import fabric
import network
import places
import plan
from osm import OsmFile, to_degrees
from terrain import write_terrain

# STRtree answers with geometries in Shapely 1.8, which Debian 12 has.
warnings.filterwarnings("ignore", category=ShapelyDeprecationWarning)

NAMES = """Садова Лісова Шкільна Вишнева Калинова Молодіжна Миру Перемоги Незалежності Соборна Польова Степова Зелена Яблунева Каштанова
Тополина Липова Березова Дубова Джерельна Річкова Озерна Лугова Сонячна Весняна Світла Тиха Затишна Козацька Гетьманська Франка Лесі_Українки
Сковороди Хмельницького Мазепи Грушевського Довженка Стуса Коцюбинського Котляревського Бандури Ковальська Гончарна Ткацька Млинова Торгова
Базарна Пожежна Лікарняна Церковна Монастирська Замкова Фортечна Північна Південна Східна Західна Нова Стара Широка Вузька""".split()


def street_names(rng):
    pool = list(rng.permutation(NAMES))
    state = {"i": 0}

    def next_name():
        i = state["i"]
        state["i"] += 1
        word = pool[i % len(pool)].replace("_", " ")
        return f"вулиця {word}" if i < len(pool) else f"провулок {word} {i // len(pool)}"

    return next_name


def feature(shape, **properties):
    return {"type": "Feature", "geometry": mapping(transform(to_degrees, shape)), "properties": properties}


def write_geojson(folder, name, features):
    collection = {"type": "FeatureCollection", "features": features}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{name}.geojson").write_text(text + "\n", encoding="utf-8")


def zones(rng, town):
    river = plan.river_line()
    wobble = unary_union([river.interpolate(d).buffer(150 + 60 * rng.uniform()) for d in np.arange(0, river.length, 150)])
    flood = unary_union([river.buffer(120), wobble]).intersection(town)
    mined = Polygon([(1750, -1500), (2300, -1350), (2250, -850), (1900, -700), (1650, -1000)])
    suspected = mined.buffer(180, resolution=4).difference(mined)
    heritage = Point(0, 110).buffer(230, resolution=12)
    sanitary = Point(1650, 560).buffer(320, resolution=12).difference(river.buffer(60))
    return [
        feature(flood, id="flood-1", zone="flood", name="Затоплення 1 % забезпеченості", return_period_years=100),
        feature(mined, id="contamination-1", zone="contamination", name="Підтверджене мінування", status="confirmed"),
        feature(suspected, id="contamination-2", zone="contamination", name="Підозра на мінування", status="suspected"),
        feature(heritage, id="heritage-1", zone="heritage", name="Історичний центр"),
        feature(sanitary, id="sanitary-1", zone="sanitary", name="Санітарно-захисна зона заводу"),
    ]


def population(buildings):
    features = []
    for i, building in enumerate(buildings):
        people = building.residents()
        if people:
            at = building.shape.centroid
            features.append(feature(at, id=f"home-{i}", population=people, children=round(people * 0.17), elderly=round(people * 0.24)))
    return features


def districts():
    features = []
    for i, quarter in enumerate(plan.QUARTERS):
        area = quarter.area if quarter.area.geom_type == "Polygon" else max(quarter.area.geoms, key=lambda p: p.area)
        features.append(feature(area, id=f"district-{i + 1}", name=quarter.name))
    return features


def parcels_and_sites(parcels):
    plots, sites = [], []
    for i, (plot, count) in enumerate(parcels):
        use = "vacant" if count == 0 else "built"
        plots.append(feature(plot, id=f"parcel-{i}", cadastral_number=f"3220000000:01:{i // 1000:03d}:{i % 1000:04d}", use=use,
                             area_m2=round(plot.area, 1)))
        if count == 0 and plot.area > 500:
            sites.append(feature(plot.representative_point(), id=f"site-{len(sites) + 1}", name=f"Ділянка {len(sites) + 1}", parcel=f"parcel-{i}",
                                 area_m2=round(plot.area, 1)))
    return plots, sites


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--seed", type=int, default=2022)
    options = arguments.parse_args()
    rng = np.random.default_rng(options.seed)
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)

    town = plan.outline(rng)
    plan.lay_quarters(town)
    streets = plan.town_streets(rng, street_names(rng))
    network.join_ends(streets)
    streets, paths = network.largest_part(streets, network.node(streets))
    buildings, parcels = fabric.buildings_and_parcels(fabric.blocks(streets, town), rng)
    facilities = places.facilities(buildings, rng)
    damage = places.damage(streets, buildings, rng)

    osm = OsmFile()
    places.write_streets(osm, streets, paths, rng)
    places.write_buildings(osm, buildings)
    places.write_facilities(osm, facilities)
    places.write_water_and_power(osm)
    osm.write(folder / "town.osm.gz")

    plots, sites = parcels_and_sites(parcels)
    write_geojson(folder, "population", population(buildings))
    write_geojson(folder, "districts", districts())
    write_geojson(folder, "parcels", plots)
    write_geojson(folder, "sites", sites)
    write_geojson(folder, "zones", zones(rng, town))
    write_geojson(folder, "damage", [feature(p, **t) for p, t in damage])
    write_geojson(folder, "inspection", [feature(s, **t) for s, t in places.inspection()])
    write_geojson(folder, "planned", [feature(s, **t) for s, t in places.planned()])
    write_geojson(folder, "footprint", [feature(s, **t) for s, t in places.proposal(parcels)])
    write_geojson(folder, "embankment", [feature(s, **t) for s, t in places.embankment_proposal()])
    write_geojson(folder, "closure", [feature(Point(*places.CLOSURE).buffer(160, resolution=6), reason="розмінування")])
    write_geojson(folder, "extent", [feature(unary_union([town.buffer(900), MultiPolygon()]), name="Межі обліку")])
    write_terrain(folder / "terrain.asc", rng)

    people = sum(b.residents() for b in buildings)
    print(f"{len(streets)} streets, {len(buildings)} buildings, {len(parcels)} plots, {len(facilities)} facilities, {people} people")


if __name__ == "__main__":
    main()
