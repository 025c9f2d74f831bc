"""The configuration of a town: the bundled one, with everything that belongs to a town in place of Gothenburg's."""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template

from molosim.inputs import cross_checks
from molosim.inputs.scenario import Scenario
from molosim.inputs.validation import checked
from molosim.pilot.carriers import CarrierSize
from molosim.pilot.facilities import Facilities, Facility
from molosim.runtime import bundled

MODEL = "gothenburg"
_WIDTH = 116
_HEADER = re.compile(r"^\[+([A-Za-z0-9_.]+)\]+", re.MULTILINE)
_COMMENTS = re.compile(r"(?:^[ \t]*(?:#.*)?\n)*\Z", re.MULTILINE)
_STORES_KG = (300, 200, None)
"""What the carriers' own stores may hold; who has none goes to the reception."""

Values = Mapping[str, Mapping[str, object]]
"""New values by table and key."""


def configuration(
    intro: Sequence[str],
    values: Values,
    carriers: Sequence[CarrierSize],
    facilities: Facilities,
    *,
    provenance: Mapping[str, str],
    more: str,
) -> str:
    """TOML text of a town's configuration.

    Parameters
    ----------
    intro
        Lines of the comment at its top.
    values
        Values that take the place of the model's, by table (``map``; empty for the top) and key; None takes a key out,
        a key that the model lacks comes last in its table.
    carriers, facilities
        Who drives, from where.
    provenance
        Sources in place of the model's or beside them, by key path.
    more
        Further tables.
    """
    parts = _parts((bundled.folder("configs") / f"{MODEL}.toml").read_text(encoding="utf-8"))
    text = (
        "".join(textwrap.indent(textwrap.fill(line, _WIDTH), "# ") + "\n" if line else "#\n" for line in intro) + "\n"
    )
    told = False
    for name, part in parts:
        if name == "carriers" or name.startswith("carriers."):
            text += "" if told else _carriers(carriers, facilities.carriers)
            told = True
        elif name == "municipality":
            text += _municipality(part, facilities)
        elif name == "provenance":
            text += more + _with_provenance(part, provenance)
        else:
            text += _with_values(part if name else _without_comment(part), values.get(name, {}))
    return _without_lost_sources(text)


def _parts(text: str) -> list[tuple[str, str]]:
    """Tables of a TOML file by name, each with the comments before it; the top has no name."""
    starts = []
    for header in _HEADER.finditer(text):
        comments = _COMMENTS.search(text, 0, header.start())
        starts.append((header[1], comments.start() if comments else header.start()))
    bounds = [*(start for _, start in starts), len(text)]
    return [("", text[: bounds[0]])] + [(name, text[bounds[i] : bounds[i + 1]]) for i, (name, _) in enumerate(starts)]


def _without_comment(top: str) -> str:
    """The top without the comment that introduces the model's own town."""
    return re.sub(r"\A(?:#.*\n|\n)*", "", top)


def _with_values(part: str, values: Mapping[str, object]) -> str:
    for key, value in values.items():
        line = _line(key, value)
        part, times = re.subn(rf'^{key} = (?:"[^"]*"|[^#\n]*?)([ ]+#.*)?\n', line, part, count=1, flags=re.MULTILINE)
        if not times and value is not None:
            # A mistaken key is no key of a configuration, which is checked before it is written.
            end = len(part.rstrip("\n")) + 1
            part = f"{part[:end]}{key} = {toml(value)}\n{part[end:]}"
    return part


def _line(key: str, value: object) -> Callable[[re.Match[str]], str]:
    """A line with a new value and the former one's comment."""
    return lambda former: "" if value is None else f"{key} = {toml(value)}{former[1] or ''}\n"


def _carriers(sizes: Sequence[CarrierSize], depots: Sequence[Facility]) -> str:
    stops = sum(size.vans * size.stops_per_van_day for size in sizes)
    vans = sum(size.vans for size in sizes)
    text = "\n# " + "-" * 105 + " carriers\n"
    text += f"# Invented companies in the size of the town: vans: {vans}, with {stops:.0f} stops a day in all.\n"
    for size, depot, kg in zip(sizes, depots, _STORES_KG, strict=False):
        numbers = {"vans": size.vans, "share": f"{size.share:g}", "stops": f"{size.stops_per_van_day:g}"}
        waste_to = piece("store.toml", kg=kg) if kg else piece("reception.toml")
        text += piece("carrier.toml", name=toml(size.name), depot=_place(depot), waste_to=waste_to, **numbers)
    return text


def piece(file: str, **values: object) -> str:
    """A piece of a configuration from this folder, with values in place of its names."""
    return Template(Path(__file__).with_name(file).read_text(encoding="utf-8")).substitute(values)


def _municipality(part: str, facilities: Facilities) -> str:
    centres = "".join(f"    {_place(centre)},\n" for centre in facilities.centres)
    part = re.sub(r"^recycling_centres = \[\n.*?^\]\n", f"recycling_centres = [\n{centres}]\n", part, flags=re.S | re.M)
    for key, facility in (("depot", facilities.municipal_depot), ("reception", facilities.reception)):
        part = re.sub(rf"^{key} = .*\n", f"{key} = {_place(facility)}\n".replace("\\", r"\\"), part, flags=re.MULTILINE)
    return part


def _place(facility: Facility) -> str:
    return f"{{ name = {toml(facility.name)}, lon = {facility.lon:.6f}, lat = {facility.lat:.6f} }}"


def _with_provenance(part: str, provenance: Mapping[str, str]) -> str:
    for key in provenance:
        part = re.sub(rf"^{re.escape(toml(key))} = .*\n", "", part, flags=re.MULTILINE)
    return part.rstrip("\n") + "\n" + "".join(f"{toml(key)} = {toml(text)}\n" for key, text in provenance.items())


def _without_lost_sources(text: str) -> str:
    """The text without sources of keys that the town's configuration does not have."""
    data = tomllib.loads(text)
    sources = data.pop("provenance")
    plain = checked(Scenario, data).model_dump(mode="json")
    for fault in cross_checks.provenance(dict.fromkeys(sources, ""), plain):
        key = fault.place.removeprefix("provenance.").strip("'")
        text = re.sub(rf"^{re.escape(toml(key))} = .*\n", "", text, flags=re.MULTILINE)
    return text


def toml(value: object) -> str:
    """A text, number or truth value as TOML has it."""
    # A JSON text without escaped letters is a TOML text, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
