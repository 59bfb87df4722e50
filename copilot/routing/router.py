"""The decision, in two steps, as pure functions of what is known; rules first and last, the learned part between them.

Before retrieval it is only settled whether a larger model comes into question at all, and whether the local model need
read first. After the local reading the learned part says what a larger model is worth. Whether the text may leave is
not decided here: the wall has the last word on whatever this says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from copilot.routing.learned import LearnedRouter
from copilot.routing.surroundings import RoutePolicy, Surroundings, Wish

Leaning = Literal["local", "cloud", "open"]
Target = Literal["local", "cloud", "queue"]

_WORDS: Mapping[str, str] = {
    "words": "the question is long",
    "parts": "the question has several parts",
    "procedure": "it asks for a procedure",
    "table": "it asks for a value",
    "multi": "it asks for several things at once",
    "comparison": "it asks for a comparison",
    "calculation": "it asks for a calculation",
    "reasoning": "it asks for reasons",
    "condition": "it depends on a condition",
    "foreign": "its language is not English",
    "follow_up": "it leans on what was said before",
    "refuses": "the model on this device would not answer",
    "one_document": "all that was found stands in one document",
    "one_section": "all that was found stands in one section",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a question goes, and why.

    Attributes:
        target: ``queue``: answered here for now, and by a larger model once there is a network.
        reason: One sentence for the person.
        probability: That a larger model does better; None where that was not asked.
    """

    target: Target
    reason: str
    probability: float | None = None


def before(wish: Wish, deadline_s: float | None, policy: RoutePolicy, around: Surroundings) -> tuple[Leaning, str]:
    """What is settled before anything is looked up.

    Returns:
        ``local``: it stays, with the sentence that says why. ``cloud``: the local model need not read first.
        ``open``: it depends on the reading.
    """
    if wish == "local":
        return "local", "Answered on this device, as you asked."
    if barred := _barred(policy, around):
        return "local", barred
    if wish == "cloud":
        return "cloud", ""
    if policy.threshold > 1:
        return "local", "Answered on this device: route.threshold is never."
    if late := _late(deadline_s, around):
        return "local", late
    if slow := _slow(policy, around):
        return "local", slow
    if policy.threshold <= 0:
        return "cloud", ""
    if around.link == "down" and not policy.queue:
        return "local", "Answered on this device: no larger model can be reached."
    if around.link != "down" and _hot(policy, around):
        return "cloud", ""
    return "open", ""


def after(
    wish: Wish,
    signals: Mapping[str, float],
    learned: LearnedRouter,
    policy: RoutePolicy,
    around: Surroundings,
    left_s: float | None = None,
) -> Decision:
    """Decide after the local reading. ``around`` is as of then: the budget or the link may have changed since.

    Args:
        left_s: Until the answer must begin; None: no matter.
    """
    if barred := _barred(policy, around):
        return Decision("local", barred)
    probability = None
    if wish == "cloud":
        wanted = "you asked for it"
    elif stays := _late(left_s, around) or _slow(policy, around):
        return Decision("local", stays)
    elif around.link != "down" and (hot := _hot(policy, around)):
        wanted = hot
    elif policy.threshold <= 0:
        wanted = "route.threshold is always"
    else:
        probability = learned.probability(signals)
        if probability < policy.threshold:
            return Decision(
                "local",
                f"Answered on this device: a larger model would do better with {probability:.0%} probability only, "
                f"and {_shown(policy.threshold)} is asked for.",
                probability,
            )
        wanted = _because(learned, signals, probability, policy.threshold)
    if around.link == "down":
        if policy.queue:
            return Decision(
                "queue",
                "No larger model can be reached now: this is the best answer of this device, and the question waits "
                f"for a network ({wanted}).",
                probability,
            )
        return Decision(
            "local", f"Answered on this device: no larger model can be reached, though {wanted}.", probability
        )
    return Decision("cloud", f"Asked a larger model: {wanted}.", probability)


def _because(learned: LearnedRouter, signals: Mapping[str, float], probability: float, threshold: float) -> str:
    said = [_WORDS[name] for name in learned.strongest(signals) if name in _WORDS]
    if said:
        return f"it would do better with {probability:.0%} probability, as {' and '.join(said)}"
    return f"it would do better with {probability:.0%} probability"


def _shown(threshold: float) -> str:
    return f"{threshold:.0%}"


_SHORT_S: Final = 1.0
"""What a larger model takes to begin at least, where nothing was measured."""


def _late(left_s: float | None, around: Surroundings) -> str:
    """Why a larger model can't begin in time; "" where it can."""
    needed = max(_SHORT_S, around.first_word_s or 0.0)
    if left_s is None or left_s >= needed:
        return ""
    if around.first_word_s is None or around.first_word_s < _SHORT_S:
        return "Answered on this device: there is no time to ask a larger model."
    return (
        f"Answered on this device: there is no time to ask a larger model, which takes {around.first_word_s:.1f} s to "
        "begin."
    )


def _slow(policy: RoutePolicy, around: Surroundings) -> str:
    """Why the link is too slow; "" where it isn't."""
    slowest, measured = policy.slowest_link_s, around.round_trip_s
    if slowest is None or measured is None or measured <= slowest:
        return ""
    return (
        f"Answered on this device: the link is slow (a round trip takes {measured:.1f} s, route.slowest_link_s is "
        f"{slowest:g})."
    )


def _hot(policy: RoutePolicy, around: Surroundings) -> str:
    """Why this device should be spared, as the second half of a sentence; "" where it need not be."""
    if policy.threshold > 1 or policy.hot_c is None or around.temperature_c is None:
        return ""
    if around.temperature_c < policy.hot_c:
        return ""
    return f"the processor of this device has {around.temperature_c:.0f} °C, and is spared"


def _barred(policy: RoutePolicy, around: Surroundings) -> str:
    """Why nothing may leave now; "" where it may."""
    if around.over_budget:
        return f"Answered on this device: {around.over_budget}"
    if around.metered and not policy.on_metered:
        return "Answered on this device: the network is metered, and route.on_metered is false."
    charge = around.battery_percent
    if not around.on_mains and charge is not None and charge < policy.least_battery_percent:
        return (
            f"Answered on this device: the battery is at {charge:.0f} %, and {policy.least_battery_percent} % are "
            "asked for."
        )
    if policy.hours is not None and not policy.hours.contain(around.now):
        return "Answered on this device: at this hour no question leaves it (route.hours)."
    return ""
