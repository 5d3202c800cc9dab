#!/usr/bin/python3
"""The questions of the tour, asked from Python. Needs the demo city: `./dev demo`.

    tour.py [HOST:PORT] [PICTURE.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as pyplot
import obnova

MARKET = (30.0, 49.62)
SOUTH_BANK = (30.001, 49.6105)
HOSPITAL = (29.9995, 49.6225)
CLINICS = "kind IN ('clinic', 'hospital')"


def main(address="127.0.0.1:50051", picture="tour.png"):
    with obnova.connect(address) as server:
        city = server.city("demo")
        print(city.layers()[["theme", "features", "dated"]], "\n")

        route = city.route([SOUTH_BANK, HOSPITAL])
        print(f"South bank to the hospital by car: {route.duration_s[0] / 60:.1f} min, {route.distance_m[0] / 1000:.2f} km")

        areas = city.service_area([MARKET], minutes=[5, 10, 15], profile="foot")
        print(f"Within 15 minutes on foot of the market: {areas.area_m2.iloc[-1] / 1e6:.2f} km²\n")

        coverage = city.coverage("facilities", filter=CLINICS, minutes=15, profile="foot", by="districts")
        print(coverage.districts.drop(columns="district").round(0).to_string(index=False))
        print(f"Everybody: {coverage.total.covered:,.0f} of {coverage.total.total:,.0f} within 15 minutes of a clinic\n")

        sites = city.locate("mclp", p=2, candidates="sites", minutes=15, existing="facilities", existing_filter=CLINICS, profile="foot")
        print(f"Two more clinics ({sites.attrs['status']}): {', '.join(sites.title)} would make it {sites.attrs['objective']:,.0f}")

        draw(city, coverage, areas, route, sites, picture)
        print(f"Picture: {picture}")


def draw(city, coverage, areas, route, sites, picture):
    figure, axes = pyplot.subplots(figsize=(10, 8))
    city.features("water").plot(ax=axes, color="#b8d4e8")
    city.features("roads", properties=["highway"]).plot(ax=axes, color="#b0b0b0", linewidth=0.5)
    areas[::-1].plot(ax=axes, column="limit", cmap="Greens_r", alpha=0.35)
    places = coverage.places
    colors = {"covered": "#2c7fb8", "uncovered": "#e34a33", "unreachable": "#7a0177", "unassessed": "#999999"}
    for status, color in colors.items():
        part = places[places.status == status]
        if len(part):
            part.plot(ax=axes, color=color, markersize=part.people / 12 + 0.3, label=status)
    route.plot(ax=axes, color="black", linewidth=2, label="route")
    sites.plot(ax=axes, color="gold", edgecolor="black", marker="*", markersize=260, label="new clinics", zorder=5)
    axes.set_title("Нова Верба: who is within 15 minutes on foot of a clinic")
    axes.legend(loc="lower left")
    axes.set_axis_off()
    figure.savefig(picture, dpi=110, bbox_inches="tight")


if __name__ == "__main__":
    main(*sys.argv[1:])
