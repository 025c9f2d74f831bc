"""Sites for boxes from a map."""

from __future__ import annotations

from pathlib import Path

from molosim.pilot.site_files import possible_files, write_sites
from molosim.runtime.files import check_apart
from molosim.siting import Proposal, propose
from molosim.siting.site_options import SiteOptions, town_of, wanted

_READ = ("standing", "keep_clear", "dwellings", "buildings", "walk_map", "districts")


def site(source: str | Path, out: str | Path = "sites.geojson", options: SiteOptions | None = None) -> Proposal:
    """Propose sites for boxes: those from which households walk least, or that most households reach.

    Parameters
    ----------
    source
        A prepared map by its name or file, or an OpenStreetMap extract (.osm.pbf).
    out
        GeoJSON file for the sites; districts, dwellings and a picture are named after it.
    options
        How many boxes, how far people walk, which files of the town there are; defaults are those of `SiteOptions`.

    Returns
    -------
    Proposal
        Sites with the households that each serves, how good they are at most from the best choice (``gap``), walks of
        all households (``equity``), and all that was assumed.

    Raises
    ------
    ScenarioError
        There is no such map, a file cannot be read or written, nobody lives near a street, or there is no room for so
        many boxes.

    Examples
    --------
    >>> import molosim
    >>> proposal = molosim.site("town.npz", "results/sites.geojson", molosim.SiteOptions(boxes=2, effort=0))
    >>> len(proposal.sites)
    2
    """
    options = options or SiteOptions()
    named = (source, *(getattr(options, name) for name in _READ))
    for path in possible_files(Path(out)).values():
        check_apart(path, [Path(one) for one in named if one is not None])
    wishes, town = wanted(options), town_of(source, options)
    proposal = propose(town.extract, town.graph, wishes, homes=town.homes, districts=town.districts, walk=town.walk)
    write_sites(proposal, Path(out), town.graph)
    return proposal
