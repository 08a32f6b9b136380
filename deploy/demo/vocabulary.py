"""Words for people and places that do not exist. Nobody should ever find a neighbour here."""

GIVEN_NAMES = (
    "Avenka", "Brillow", "Corvane", "Dalmery", "Elowick", "Fennimar", "Galdrin", "Hestony", "Ilvaro", "Jorvette",
    "Kestrana", "Lumiko", "Marvelle", "Nolwenna", "Ossiver", "Pellamy", "Quillan", "Rosmerin", "Sorvello", "Tamsiver",
    "Umbrino", "Velloria", "Wrenlow", "Xandrille", "Yarrowin", "Zephirel", "Belluno", "Ciriwen", "Dorvina", "Evandrel",
)  # fmt: skip

FAMILY_NAMES = (
    "Amberquill", "Birchwhistle", "Cloverhatch", "Dapplemoor", "Emberlatch", "Fernwhistle", "Glimmerford", "Hollowreed",
    "Inkwater", "Junipersmith", "Kettlebrook", "Lanternwick", "Mossbutton", "Nettlefold", "Oatenshaw", "Pebblecroft",
    "Quietwater", "Ravelstone", "Saltmeadow", "Thistledown", "Umberlake", "Velvethorn", "Willowmint", "Yarnwright",
    "Zinnafield", "Marigolde", "Tumblewood", "Copperleaf", "Driftlark", "Snowberrie",
)  # fmt: skip

STREETS = (
    "Quillfern Way", "Paper Lantern Lane", "Imaginary Avenue", "Tall Story Street", "Once Upon Court", "Make Believe Drive",
    "Figment Road", "Daydream Circle",
)  # fmt: skip

TOWN = "Larkspur Hollow CA 95199"

AREA_CODES = (
    408, 669, 650, 510, 925, 831, 415, 628, 209, 916, 707, 530, 559, 661, 805, 818, 626, 562, 714, 949, 951, 909, 760,
    619, 858, 213, 323, 310, 424, 442, 747, 657, 279, 341, 820, 840,
)  # fmt: skip
"""Californian; with 555-01xx behind them the numbers are well formed and belong to nobody."""


def phone_number(number: int) -> str:
    """The fictional phone number of that ordinal, E.164; after 3,600 they repeat."""
    area, line = divmod(number, 100)
    return f"+1{AREA_CODES[area % len(AREA_CODES)]}55501{line:02d}"
