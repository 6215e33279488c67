"""Charts of the comparison, as SVG and PNG."""

# pyright: reportUnknownMemberType=false
# matplotlib annotates its methods, but leaves their keyword arguments open.

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast, get_args

from scripts.console.extras import require
from scripts.cost.output.messages import PlainNumber
from scripts.cost.output.render import format_share
from scripts.cost.output.translations import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from scripts.cost.comparison.comparison import CostComparison
    from scripts.cost.comparison.sensitivity import Sensitivity
    from scripts.cost.output.translations import Language

ChartName: TypeAlias = Literal["sizes", "peak", "break-even", "sensitivity"]
ChartFormat: TypeAlias = Literal["svg", "png"]

INK: Final = "#1f2937"
FAINT: Final = "#e5e7eb"
DEMAND: Final = "#111827"
VERTICAL: Final = "#d97706"
FLEET: Final = "#0f766e"
FUNCTIONS: Final = ("#7c3aed", "#2563eb")
SHOWN: Final = 12

SHOWN_SENSITIVITIES: Final = 6
"""Number of figures in the chart of the sensitivity."""

ABOVE: Final[Mapping[str, Any]] = {"loc": "lower right", "bbox_to_anchor": (1, 1), "fontsize": 9}
"""Place of a legend beside the title, where it hides nothing."""

STYLE: Final[Mapping[str, Any]] = {
    "svg.hashsalt": "iris",  # the same chart gives the same file
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "legend.frameon": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


def draw_chart(name: ChartName, comparison: CostComparison, language: Language, form: ChartFormat) -> bytes:
    """Draw a chart and return its file content.

    Raises:
        ExtraError: matplotlib is missing, and can't be installed.
    """
    with _painted(name, comparison, language) as figure:
        return _written(figure, form)


def draw_all_formats(
    name: ChartName, comparison: CostComparison, language: Language
) -> dict[ChartFormat, bytes]:
    """Draw a chart and return the content of its file in each format.

    Raises:
        ExtraError: matplotlib is missing, and can't be installed.
    """
    contents: dict[ChartFormat, bytes] = {}
    with _painted(name, comparison, language) as figure:
        for form in get_args(ChartFormat):
            contents[form] = _written(figure, form)
            # The layout takes half of the time, and is nearly the same in all formats.
            figure.set_layout_engine("none")
    return contents


@contextmanager
def _painted(name: ChartName, comparison: CostComparison, language: Language) -> Generator[Figure]:
    """Yield the figure of a chart, to be written within the block."""
    require("charts")
    import matplotlib as mpl

    # Not pyplot, which looks for a display and keeps every figure.
    from matplotlib.figure import Figure

    painters: dict[ChartName, Callable[[Axes, CostComparison, Language], None]] = {
        "sizes": _sizes,
        "peak": _peak,
        "break-even": _break_even,
        "sensitivity": _sensitivity,
    }
    with mpl.rc_context(cast("Any", STYLE)):
        figure: Figure = Figure(figsize=(9, 4.6), layout="constrained")
        painters[name](figure.add_subplot(), comparison, language)
        yield figure


def svg_element(name: ChartName, comparison: CostComparison, language: Language) -> str:
    """Return a chart as an `<svg>` element for a page, without the XML declaration."""
    text = draw_chart(name, comparison, language, "svg").decode()
    return text[text.index("<svg") :]


def _written(figure: Figure, form: ChartFormat) -> bytes:
    out = io.BytesIO()
    metadata = {"Date": None} if form == "svg" else {}
    figure.savefig(out, format=form, dpi=160, metadata=metadata)
    return out.getvalue()


def _sizes(axes: Axes, comparison: CostComparison, language: Language) -> None:
    """Draw the cheapest types that carry the load, each with the range that the capacity leaves."""
    feasible = [it for it in comparison.candidates if not it.running.overloaded]
    shown = (feasible or comparison.candidates)[:SHOWN][::-1]
    usd = [float(it.running.usd) for it in shown]
    bars = axes.barh(range(len(shown)), usd, color=FLEET, height=0.62)
    axes.set_yticks(range(len(shown)), [it.running.shape.instance_type for it in shown])
    axes.bar_label(bars, labels=[f"{it:,.2f}" for it in usd], label_type="center", color="white")
    capacity = comparison.scenario.capacity
    ends = [[float(it) for it in comparison.instance_usd_range(one)] for one in shown]
    if any(low != high for low, high in ends):
        unit = translate("requests per second", language)
        axes.hlines(
            range(len(shown)),
            [min(it) for it in ends],
            [max(it) for it in ends],
            color=VERTICAL,
            linewidth=3,
            label=f"{translate('Range of the capacity', language)}: {capacity.lowest:,.0f} - "
            f"{capacity.highest:,.0f} {unit}",
        )
        axes.legend(**ABOVE)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter("{x:,.15g}")
    axes.set_xlabel(translate("USD per month", language))
    axes.set_title(translate("Cost of the instances", language))


def _peak(axes: Axes, comparison: CostComparison, language: Language) -> None:
    scale_up = comparison.scale_up
    hours = range(len(scale_up.demand.rates) + 1)

    def steps(values: tuple[float, ...]) -> list[float]:
        return [*values, values[-1]]

    demand = steps(scale_up.demand.rates)
    one = [scale_up.one.throughput] * len(demand)
    fleet = steps(scale_up.fleet_throughput)
    unused = translate("paid but unused", language)
    axes.fill_between(hours, demand, one, step="post", color=VERTICAL, alpha=0.13, linewidth=0)
    axes.fill_between(hours, demand, fleet, step="post", color=FLEET, alpha=0.28, linewidth=0)
    axes.step(
        hours,
        one,
        where="post",
        color=VERTICAL,
        linewidth=2,
        label=f"{scale_up.one.copies} x {scale_up.one.instance_type}: {scale_up.one.usd:,.0f} USD, "
        f"{format_share(1 - scale_up.demand.mean / scale_up.one.throughput)} {unused}",
    )
    carried = sum(scale_up.fleet_throughput)
    axes.step(
        hours,
        fleet,
        where="post",
        color=FLEET,
        linewidth=2,
        label=f"{scale_up.fleet.instance_range} x {scale_up.fleet.shape.instance_type}: "
        f"{scale_up.fleet.usd:,.0f} USD, {format_share(1 - sum(scale_up.demand.rates) / carried)} {unused}",
    )
    axes.step(hours, demand, where="post", color=DEMAND, linewidth=1.6, label=translate("demand", language))
    axes.set_xlim(0, len(scale_up.demand.rates))
    axes.set_ylim(bottom=0, top=max(*one, *fleet) * 1.32)
    axes.set_xticks(range(12, 168, 24), translate("Mon Tue Wed Thu Fri Sat Sun", language).split())
    axes.tick_params(axis="x", length=0)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylabel(translate("requests per second", language))
    axes.set_title(translate("Peak demand: one big machine or a fleet", language))
    axes.legend(loc="upper left", fontsize=9)


def _break_even(axes: Axes, comparison: CostComparison, language: Language) -> None:
    curves = comparison.curves
    name = f"{translate('fleet', language)} {comparison.scenario.shape.instance_type}"
    axes.loglog(curves.rates, [float(usd) for usd in curves.fleet], color=FLEET, linewidth=2.4, label=name)
    for (name, usd), color in zip(curves.functions.items(), FUNCTIONS, strict=False):
        axes.loglog(curves.rates, [float(it) for it in usd], color=color, linewidth=1.8, label=name)
    for match in comparison.break_evens:
        alike = match.firewall == bool(comparison.scenario.shape.shared.web_acls) and not match.free_tier
        if match.crossing and alike and match.shape.name in curves.functions:
            at = (match.crossing.rate, float(match.crossing.usd))
            axes.plot(*at, marker="o", color=INK, markersize=5, zorder=5)
            axes.annotate(
                f"{PlainNumber(match.crossing.rate):,.4g}",
                at,
                xytext=(6, -14),
                textcoords="offset points",
                weight="bold",
            )
    axes.set_xlabel(translate("mean requests per second", language))
    axes.set_ylabel(translate("USD per month", language))
    axes.xaxis.set_major_formatter("{x:,.15g}")
    axes.yaxis.set_major_formatter("{x:,.15g}")
    axes.set_title(translate("Cost by traffic", language))
    axes.legend(loc="upper left")


def _sensitivity(axes: Axes, comparison: CostComparison, language: Language) -> None:
    """Draw the bills at both ends of each figure's range, relative to the bill: fleet above function."""
    shown = comparison.sensitivities[:SHOWN_SENSITIVITIES][::-1]
    bills = {"fleet": comparison.fleet.usd, "function": comparison.function.usd}
    for bill, ((name, usd), color) in enumerate(zip(bills.items(), (FLEET, FUNCTIONS[0]), strict=True)):
        for index, it in enumerate(shown):
            low, high = (float(end[bill] / usd - 1) * 100 if usd else 0.0 for end in (it.low, it.high))
            axes.barh(
                index + 0.2 - 0.4 * bill,
                abs(high - low),
                left=min(low, high),
                color=color,
                height=0.36,
                label=f"{translate(name, language)}: {usd:,.2f} USD" if index == 0 else None,
            )
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(range(len(shown)), [_range_label(it, language) for it in shown])
    axes.grid(visible=False, axis="y")
    axes.use_sticky_edges = False  # A bar to the left of zero leaves a margin, too.
    axes.autoscale_view()
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+,g} %" if value else "0 %")
    axes.set_xlabel(translate("change of the bill", language))
    axes.set_title(translate("Sensitivity", language))
    if shown:
        axes.legend(**ABOVE, ncols=2)


def _range_label(it: Sensitivity, language: Language) -> str:
    low, high = map(PlainNumber, it.values)
    return f"{translate(it.what, language)}\n{low:,.6g} - {high:,.6g} {translate(it.unit, language)}"
