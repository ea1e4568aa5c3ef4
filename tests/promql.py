"""What an expression of PromQL names, and which labels its result has, by the labels of the series that there are."""

from collections.abc import Callable, Iterator, Mapping

import promql_parser
from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    LabelModifierType,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorMatchCardinality,
    VectorSelector,
)

Labels = frozenset[str]
Known = Mapping[str, Labels]

NONE: Labels = frozenset()
_KEEP_ALL = {"topk", "bottomk"}
_WITHOUT_LABELS = {"scalar", "vector", "time", "absent"}


class PromqlError(Exception):
    """An expression is none, or names what there is not."""


def parse(text: str) -> Expr:
    """Return an expression as a tree; PromqlError if it is none."""
    try:
        return promql_parser.parse(text)
    except ValueError as error:
        raise PromqlError(f"{text}: {error}") from None


def nodes(expression: Expr) -> Iterator[Expr]:
    """Yield an expression and all that is within."""
    found: list[Expr] = []
    visit: Callable[[Expr], None] = found.append
    promql_parser.walk(expression, visit)
    yield from found


def labels_of(expression: Expr, known: Known) -> Labels:  # noqa: PLR0911 - a node of a tree each
    """Return the labels that the result has for certain; PromqlError for names and labels that are not known.

    Two sides of an operation must agree in the labels by which they are matched, or nothing would ever match.
    """
    match expression:
        case VectorSelector():
            return _of_selector(expression, known)
        case MatrixSelector():
            return _of_selector(expression.vector_selector, known)
        case ParenExpr() | UnaryExpr() | SubqueryExpr():
            return labels_of(expression.expr, known)
        case AggregateExpr():
            return _of_aggregate(expression, known)
        case BinaryExpr():
            return _of_binary(expression, known)
        case Call():
            return _of_call(expression, known)
        case NumberLiteral() | StringLiteral():
            return NONE
        case _:
            raise PromqlError(f"{expression}: not known here")


def _of_selector(selector: VectorSelector, known: Known) -> Labels:
    labels = known.get(selector.name or "")
    if labels is None:
        raise PromqlError(f"{selector.name}: there is no such series")
    _expect({matcher.name for matcher in selector.matchers.matchers}, labels, selector)
    return labels


def _of_aggregate(aggregate: AggregateExpr, known: Known) -> Labels:
    labels = labels_of(aggregate.expr, known)
    if aggregate.modifier is None:
        return labels if str(aggregate.op) in _KEEP_ALL else NONE
    _expect(aggregate.modifier.labels, labels, aggregate)
    if aggregate.modifier.type == AggModifierType.By:
        return labels if str(aggregate.op) in _KEEP_ALL else frozenset(aggregate.modifier.labels)
    return labels - {*aggregate.modifier.labels}


def _of_call(call: Call, known: Known) -> Labels:
    labels = NONE.union(*(labels_of(argument, known) for argument in call.args))
    match call.func.name:
        case name if name in _WITHOUT_LABELS:
            return NONE
        case "histogram_quantile":
            _expect({"le"}, labels, call)
            return labels - {"le"}
        case "label_replace" | "label_join":
            return labels | {str(argument.val) for argument in call.args[1:2] if isinstance(argument, StringLiteral)}
        case _:
            return labels


def _of_binary(binary: BinaryExpr, known: Known) -> Labels:
    left, right = labels_of(binary.lhs, known), labels_of(binary.rhs, known)
    if is_scalar(binary.lhs) or is_scalar(binary.rhs):
        return left | right
    keys = _matched_by(binary, left, right)
    match str(binary.op).strip():
        case "and" | "unless":
            return left
        case "or":
            return left & right
    match binary.modifier and binary.modifier.card:
        case VectorMatchCardinality.ManyToOne:
            return left | {*_group_labels(binary)}
        case VectorMatchCardinality.OneToMany:
            return right | {*_group_labels(binary)}
        case _:
            return keys


def _matched_by(binary: BinaryExpr, left: Labels, right: Labels) -> Labels:
    """Return the labels by which two vectors are matched; PromqlError if one of them lacks some."""
    matching = binary.modifier and binary.modifier.matching
    if matching and matching.type == LabelModifierType.Include:
        _expect(matching.labels, left & right, binary)
        return frozenset(matching.labels)
    ignored = {*matching.labels} if matching else NONE
    is_union = str(binary.op).strip() == "or"
    if left - ignored != right - ignored and not is_union:
        raise PromqlError(f"{binary.prettify()}: {sorted(left)} never match {sorted(right)}")
    return left - ignored


def _group_labels(binary: BinaryExpr) -> list[str]:
    return list(binary.modifier.group_labels or ()) if binary.modifier else []


def is_scalar(expression: Expr) -> bool:
    """Return whether an expression is a number and no vector."""
    match expression:
        case NumberLiteral():
            return True
        case ParenExpr() | UnaryExpr():
            return is_scalar(expression.expr)
        case BinaryExpr():
            return is_scalar(expression.lhs) and is_scalar(expression.rhs)
        case Call():
            return expression.func.name in {"scalar", "time"}
        case _:
            return False


def _expect(names: set[str] | list[str], labels: Labels, where: Expr) -> None:
    missing = {*names} - labels
    if missing:
        raise PromqlError(f"{where.prettify()}: there is no label {', '.join(sorted(missing))}")
