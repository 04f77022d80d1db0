"""What a prediction is read with: the models beside each other, and what each effect follows."""

from dataclasses import dataclass

from quietdrip.core.pkpd.expected import Followed, Follows
from quietdrip.core.pkpd.model import Drug, Model
from quietdrip.core.reasons import Refusal
from quietdrip.library import packaged, read_models
from quietdrip.library.entry import EntryError, Table, parse, refusal
from quietdrip.library.read_limits import TOP

FILE = "prediction.toml"
LEVELS: tuple[Followed, ...] = ("effect", "plasma")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A model of the drug that does not stand beside the others, and why."""

    model_id: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The models of a drug whose typical adults are shown side by side."""

    models: tuple[Model, ...]
    left_out: tuple[LeftOut, ...]


def beside(drug: Drug) -> Beside | Refusal:
    """The models that stand beside each other for a drug; none where the library lists none."""
    try:
        listed = [_beside(each) for each in _table().tables("beside") if _drug(each) is drug]
        return Beside(
            models=tuple(model for each in listed for model in each.models),
            left_out=tuple(out for each in listed for out in each.left_out),
        )
    except EntryError as bad:
        return refusal(bad)


def follows(drug: Drug) -> tuple[Follows, ...] | Refusal:
    """What the effects of a drug follow, as far as it was published."""
    try:
        return tuple(
            _follows(table) for table in _table().tables("follows") if drug in _drugs(table)
        )
    except EntryError as bad:
        return refusal(bad)


def prediction(path: str, text: str) -> tuple[Beside, tuple[Follows, ...]]:
    """Everything the entry states, every drug's models in one; EntryError for what is wrong."""
    table = _known(path, text)
    besides = [_beside(each) for each in table.tables("beside")]
    return (
        Beside(
            models=tuple(model for each in besides for model in each.models),
            left_out=tuple(out for each in besides for out in each.left_out),
        ),
        tuple(_follows(each) for each in table.tables("follows") if _drugs(each)),
    )


def _table() -> Table:
    found = packaged.text_of(FILE)
    if isinstance(found, Refusal):
        raise EntryError(FILE, found.says)
    return _known(FILE, found[0])


def _known(path: str, text: str) -> Table:
    return parse(path, text).knows((*TOP, "beside", "follows"))


def _beside(table: Table) -> Beside:
    """One drug's table; EntryError for a model that is unknown or of another drug."""
    drug = _drug(table)
    models: list[Model] = []
    for model_id in table.texts("models", needed=True):
        model = read_models.model(model_id)
        if isinstance(model, Refusal):
            raise table.bad("models", model.says)
        if model.drug is not drug:
            raise table.bad("models", f"{model_id} is a model of {model.drug}.")
        models.append(model)
    return Beside(models=tuple(models), left_out=_out(table))


def _drug(table: Table) -> Drug:
    return table.knows(("drug", "models", "left_out")).one_of("drug", tuple(Drug))


def _drugs(table: Table) -> tuple[Drug, ...]:
    drugs = table.knows(
        ("effect", "drugs", "level", "stands_on", "says", "seen", "source", "confidence")
    ).texts("drugs", needed=True)
    unknown = [drug for drug in drugs if drug not in tuple(Drug)]
    if unknown:
        raise table.bad(
            "drugs", f"{', '.join(unknown)} is no drug; write one of {', '.join(Drug)}."
        )
    return tuple(Drug(drug) for drug in drugs)


def _out(table: Table) -> tuple[LeftOut, ...]:
    return tuple(
        LeftOut(
            model_id=row.knows(("model", "says")).one_of("model", read_models.model_ids()),
            says=row.text("says"),
        )
        for row in table.tables("left_out")
    )


def _follows(table: Table) -> Follows:
    return Follows(
        effect=table.text("effect"),
        level=table.one_of("level", LEVELS),
        stands_on=table.text("stands_on"),
        says=table.text("says"),
        seen=table.text("seen"),
        source=table.source,
        confidence=table.confidence,
    )
