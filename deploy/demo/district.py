"""The people and schools of the demo district, from a seed: the same seed always makes the same district."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Literal

from deploy.demo.calendar import FIRST_DAY
from deploy.demo.chance import stream
from deploy.demo.vocabulary import FAMILY_NAMES, GIVEN_NAMES, STREETS, TOWN, phone_number
from shared.contracts.roster import Enrolment, Guardian
from shared.contracts.terms import Subgroup

Kind = Literal["elementary", "middle", "high"]
TIMEZONE = "America/Los_Angeles"
NAMES_OF_SCHOOLS = ("Alder", "Bramble", "Cedar", "Dogwood", "Elder", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper")


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of school: its grades, its share of all pupils, its usual size, its periods."""

    kind: Kind
    grades: tuple[int, ...]
    share: float
    size: int
    periods: tuple[int, ...]


STAGES = (
    Stage("elementary", (0, 1, 2, 3, 4, 5), 0.46, 230, ()),
    Stage("middle", (6, 7, 8), 0.22, 440, (1, 2, 3, 4, 5, 6)),
    Stage("high", (9, 10, 11, 12), 0.32, 640, (1, 2, 3, 4, 5, 6)),
)
RACES: dict[Subgroup | None, float] = {
    "RH": 0.52, "RW": 0.21, "RA": 0.11, "RB": 0.05, "RT": 0.05, "RF": 0.03, "RP": 0.01, "RI": 0.01, None: 0.01,
}  # fmt: skip
PROGRAMS: dict[Subgroup, float] = {
    "socioeconomically_disadvantaged": 0.56, "students_with_disabilities": 0.14, "homeless": 0.04, "foster": 0.01,
}  # fmt: skip
LANGUAGES = {"en": 0.56, "es": 0.25, "vi": 0.09, "zh": 0.05, "tl": 0.03, "pa": 0.02}


@dataclass(frozen=True, slots=True)
class School:
    id: str
    name: str
    kind: Kind
    grades: tuple[int, ...]
    periods: tuple[int, ...]
    effect: float
    """How much more (or less) absence than in the district."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How one pupil attends. All are probabilities."""

    absence: float
    unexcused: float
    """Of an absence: that nobody excuses it in the end."""


@dataclass(frozen=True, slots=True)
class Pupil:
    id: str
    given_name: str
    family_name: str
    birth_date: date
    school: School
    enrolment: Enrolment
    guardians: tuple[Guardian, ...]
    home_language: str
    subgroups: tuple[Subgroup, ...]
    habit: Habit


@dataclass(frozen=True, slots=True)
class District:
    id: str
    seed: int
    schools: tuple[School, ...]
    pupils: tuple[Pupil, ...]
    watched: frozenset[str]
    """Pupils who attend so little that they go the whole way up the ladder."""


def build_district(pupils: int, seed: int, district: str = "demo") -> District:
    """A district of `pupils` pupils. Every pupil comes from a random stream of its own."""
    if pupils < 1:
        raise ValueError(f"a district needs at least one pupil, not {pupils}")
    schools = tuple(_schools(pupils, stream(seed, "schools")))
    everyone = [_pupil(number, schools, seed) for number in range(pupils)]
    watched = _most_absent(everyone, how_many=max(3, pupils // 400))
    return District(district, seed, schools, tuple(_watch(pupil, watched) for pupil in everyone), watched)


def _schools(pupils: int, random: Random) -> list[School]:
    names = iter(NAMES_OF_SCHOOLS * (pupils // 100 + 1))
    return [
        School(
            f"{stage.kind}-{number + 1}",
            f"{next(names)} {stage.kind.capitalize()} School",
            stage.kind,
            stage.grades,
            stage.periods,
            random.lognormvariate(-0.02, 0.2),
        )
        for stage in STAGES
        for number in range(max(1, round(pupils * stage.share / stage.size)))
    ]


def _pupil(number: int, schools: tuple[School, ...], seed: int) -> Pupil:
    random = stream(seed, "pupil", number)
    stage = random.choices(STAGES, [stage.share for stage in STAGES])[0]
    school = random.choice([school for school in schools if school.kind == stage.kind])
    grade = random.choice(school.grades)
    family_name = random.choice(FAMILY_NAMES)
    language = random.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
    return Pupil(
        id=f"p{number + 1:05d}",
        given_name=random.choice(GIVEN_NAMES),
        family_name=family_name,
        birth_date=date(2019 - grade, 9, 2) + timedelta(days=random.randrange(365)),
        school=school,
        enrolment=Enrolment(school=school.id, entered=_entry(random), grade=grade),
        guardians=_guardians(number, family_name, language, random),
        home_language=language,
        subgroups=_subgroups(language, stream(seed, "subgroups", number)),
        habit=_habit(random),
    )


def _subgroups(language: str, random: Random) -> tuple[Subgroup, ...]:
    """Shares as in a Californian district; nothing else of the demo depends on them."""
    [race] = random.choices(list(RACES), list(RACES.values()))
    learner = language != "en" and random.random() < 0.45
    programs = [name for name, share in PROGRAMS.items() if random.random() < share]
    if learner:
        programs.append("english_learner")
    return tuple(sorted([*programs, race] if race else programs))


def _entry(random: Random) -> date:
    """Nearly everybody is there on the first day."""
    return FIRST_DAY + timedelta(days=random.randrange(7, 120)) if random.random() < 0.03 else FIRST_DAY


def _guardians(number: int, family_name: str, language: str, random: Random) -> tuple[Guardian, ...]:
    address = f"{random.randrange(1, 400)} {random.choice(STREETS)}, {TOWN}"
    how_many = 1 if random.random() < 0.3 else 2
    return tuple(_guardian(number * 2 + which, family_name, language, address, random) for which in range(how_many))


def _guardian(number: int, family_name: str, language: str, address: str, random: Random) -> Guardian:
    given_name = random.choice(GIVEN_NAMES)
    second = number % 2 == 1
    return Guardian(
        id=f"g{number + 1:05d}",
        given_name=given_name,
        family_name=random.choice(FAMILY_NAMES) if second and random.random() < 0.3 else family_name,
        language=language,
        email=f"{given_name}.{family_name}.{number + 1}@example.org".lower() if random.random() < 0.8 else None,
        phone=phone_number(number) if random.random() < 0.9 else None,
        address=address,
        may_receive=not (second and random.random() < 0.01),
        restriction="Court order on file; see the office." if second and random.random() < 0.01 else None,
    )


def _habit(random: Random) -> Habit:
    """The recipe that meets Californian statistics: 10.5 days a year, one in five chronically absent, 36% unexcused."""
    absence = random.betavariate(1.0, 16.2)
    unexcused = random.betavariate(0.72, 1.28) * (0.75 + 2.2 * absence)
    return Habit(absence, min(0.95, unexcused))


def _most_absent(pupils: list[Pupil], how_many: int) -> frozenset[str]:
    """Of school age the whole year, there from the first day."""
    candidates = [p for p in pupils if p.enrolment.grade in range(2, 11) and p.enrolment.entered == FIRST_DAY]
    candidates.sort(key=lambda pupil: (-pupil.habit.absence, pupil.id))
    return frozenset(pupil.id for pupil in candidates[:how_many])


def _watch(pupil: Pupil, watched: frozenset[str]) -> Pupil:
    if pupil.id not in watched:
        return pupil
    return replace(pupil, habit=Habit(max(pupil.habit.absence, 0.38), 0.92))
